import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { resolveConfig } from "../config/config.ts";
import { refuseSecondLedger } from "./ledger-elsewhere.ts";

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
  refuseSecondLedger(resolved.value, [file], cwd);
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
