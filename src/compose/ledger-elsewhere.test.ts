import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { resolveConfig } from "../config/config.ts";
import { jobId } from "../core/ids.ts";
import { PLAIN_JOB } from "../core/job.ts";
import { refuseSecondLedger } from "./ledger-elsewhere.ts";
import { knowsJobs, openLedger } from "./open-ledger.ts";

function twoFolders(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), "reprise-two-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const [mine, other] = [join(root, "mine"), join(root, "other")];
  for (const dir of [mine, other]) mkdirSync(dir);
  const withLedger = (dir: string) => {
    mkdirSync(join(dir, ".reprise"));
    writeFileSync(join(dir, ".reprise/ledger.db"), "");
  };
  return { mine, other, withLedger };
}
async function look(cwd: string, flags: Record<string, string>, file: string): Promise<void> {
  const resolved = await resolveConfig({ flags, env: {}, cwd });
  assert.ok(resolved.ok);
  await refuseSecondLedger(resolved.value, [file], cwd);
}

/** A ledger as a command leaves it, with so many jobs. */
async function makeLedger(dir: string, jobs: number): Promise<void> {
  const ledger = await openLedger(join(dir, ".reprise"), "create");
  assert.ok(ledger !== null);
  const campaign = ledger.campaign("default");
  await campaign.runs.reign(); // a run that refuses its file has got as far as this
  const tray = await campaign.intake.open();
  const spec = { ...PLAIN_JOB, account: "ana", media: "/media/a.mp4" };
  await tray.add(
    Array.from({ length: jobs }, (_, i) => ({ spec: { ...spec, id: jobId(`j${i}`) }, file: "a", line: i, past: null })),
  );
  await tray.commit([], null);
  await ledger.close();
}

test("a job file beside a ledger of its own is not begun anew in another folder", async (t) => {
  const { mine, other, withLedger } = twoFolders(t);
  withLedger(mine);
  await look(mine, {}, "jobs.csv");
  await assert.rejects(look(other, {}, "../mine/jobs.csv"), (e: Error) => {
    assert.match(e.message, /^beside \.\.\/mine\/jobs\.csv lies a ledger, .*mine\/\.reprise; here there is none/);
    assert.match(e.message, /go on with --state-dir .*mine\/\.reprise, or begin anew with --state-dir \.\/\.reprise$/);
    return true;
  });
});

test("nor is a folder of media that was begun from inside it", async (t) => {
  const { mine, other, withLedger } = twoFolders(t);
  withLedger(mine);
  await assert.rejects(look(other, {}, "../mine"), /beside \.\.\/mine lies a ledger/);
  await look(mine, {}, ".");
});

test("it is where the ledger is named, is there already, or nothing lies beside the file", async (t) => {
  const { mine, other, withLedger } = twoFolders(t);
  await look(other, {}, "../mine/jobs.csv");
  withLedger(mine);
  await look(other, { stateDir: "./.reprise" }, "../mine/jobs.csv");
  withLedger(other);
  await look(other, {}, "../mine/jobs.csv");
});

test("a ledger without a job, as a refused command leaves one, is as good as none", async (t) => {
  const { mine, other, withLedger } = twoFolders(t);
  withLedger(mine);
  await makeLedger(other, 0);
  assert.equal(await knowsJobs(join(other, ".reprise")), false);
  await assert.rejects(look(other, {}, "../mine/jobs.csv"), /lies a ledger/);
  await makeLedger(other, 1);
  assert.equal(await knowsJobs(join(other, ".reprise")), true);
  await look(other, {}, "../mine/jobs.csv");
});
