import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { abortStops } from "../cli/stop-source.ts";
import { resolveConfig } from "../config/config.ts";
import { OWN_RULES } from "../core/classify.ts";
import type { EventLine } from "../core/events.ts";
import { tinyMp4 } from "../media/tiny-mp4.fixture.ts";
import { runSession, type Surroundings } from "./run-main.ts";
import { openSession } from "./session.ts";

/** A session, and settings, of a folder with one job. */
async function world(t: TestContext, flags: Record<string, string>) {
  const cwd = mkdtempSync(join(tmpdir(), "reprise-main-"));
  t.after(() => rmSync(cwd, { recursive: true, force: true }));
  writeFileSync(join(cwd, "a.mp4"), tinyMp4());
  writeFileSync(join(cwd, "jobs.jsonl"), `${JSON.stringify({ id: "a", account: "anna", media: "a.mp4" })}\n`);
  const read = await resolveConfig({ flags, env: {}, cwd });
  assert.ok(read.ok);
  const session = await openSession(join(cwd, ".reprise"), "one", { allowNetworkFs: true, takeOver: false });
  return { session, resolved: read.value, files: [join(cwd, "jobs.jsonl")] };
}

const AROUND: Surroundings = {
  book: OWN_RULES,
  checkLedger: async () => {},
  problems: () => [],
  freeDead: () => async () => {},
};

test("a run's own workers end before it waits for another campaign's phones", { timeout: 60_000 }, async (t) => {
  const { session, resolved, files } = await world(t, { exec: "true" });
  const exited = Promise.withResolvers<boolean>();
  const end = session.ledger.subscribe(({ type }) => type === "worker.exited" && exited.resolve(true));
  let isTooLate: NodeJS.Timeout | null = null;
  /** Another campaign's phone: it is off when our worker is gone, or never. */
  const phoneIsOff = async () => {
    isTooLate = setTimeout(() => exited.resolve(false), 15_000);
    await exited.promise;
  };
  const finished = await runSession(
    session,
    { resolved, files, stop: abortStops(undefined) },
    { ...AROUND, freeDead: () => phoneIsOff },
  );
  if (isTooLate !== null) clearTimeout(isTooLate);
  end();
  await session.close();
  assert.deepEqual([finished.success, await exited.promise], [1, true]);
});

test("a stop before the first post breaks the reading of job files off, looks for no phone, and ends in order", async (t) => {
  const { session, resolved, files } = await world(t, { exec: "true", devices: "adb" });
  session.findPhones = () => assert.fail("phones are looked for");
  const said: EventLine[] = [];
  const end = session.ledger.subscribe((line) => said.push(line));
  const finished = await runSession(session, { resolved, files, stop: abortStops(AbortSignal.abort()) }, AROUND);
  end();
  await session.close();
  assert.deepEqual([finished.final_result, finished.exit_code, finished.total], ["interrupted", 143, 0]);
  const messages = said.flatMap((line) => (line.type === "warning" ? [line.message] : []));
  assert.deepEqual(messages, ["stopped while job files were read: nothing was taken in"]);
});
