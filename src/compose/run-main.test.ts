import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { resolveConfig } from "../config/config.ts";
import { OWN_RULES } from "../core/classify.ts";
import { tinyMp4 } from "../media/tiny-mp4.fixture.ts";
import { runSession } from "./run-main.ts";
import { openSession } from "./session.ts";

test("a run's own workers end before it waits for another campaign's phones", { timeout: 60_000 }, async (t) => {
  const cwd = mkdtempSync(join(tmpdir(), "reprise-end-"));
  t.after(() => rmSync(cwd, { recursive: true, force: true }));
  writeFileSync(join(cwd, "a.mp4"), tinyMp4());
  writeFileSync(join(cwd, "jobs.jsonl"), `${JSON.stringify({ id: "a", account: "anna", media: "a.mp4" })}\n`);
  const read = await resolveConfig({ flags: { exec: "true" }, env: {}, cwd });
  assert.ok(read.ok);
  const session = await openSession(join(cwd, ".reprise"), "one", { allowNetworkFs: true, takeOver: false });
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
    { resolved: read.value, files: [join(cwd, "jobs.jsonl")], stop: { onStop: () => {} } },
    { book: OWN_RULES, checkLedger: async () => {}, problems: () => [], freeDead: () => phoneIsOff },
  );
  if (isTooLate !== null) clearTimeout(isTooLate);
  end();
  await session.close();
  assert.deepEqual([finished.success, await exited.promise], [1, true]);
});
