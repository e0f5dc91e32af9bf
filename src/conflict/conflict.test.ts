import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { heldCampaigns, type LockHolder, lockCampaign, lockLedger, readHolder, shareLedger } from "./conflict.ts";

const SELF: LockHolder = { pid: process.pid, startTime: "1", bootId: "boot", host: "desk", since: "now" };
const NAME = "spring sale/2";

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), "reprise-lock-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

const DOOR = JSON.stringify(new URL("./conflict.ts", import.meta.url).href);

/** Another process that asks for the lock, says what it got, and stays. */
const ASKER = `
import { lockCampaign } from ${DOOR};
const [dir, name] = process.argv.slice(1);
const got = lockCampaign(dir, name, { pid: process.pid, startTime: "1", bootId: "b", host: "h", since: "s" });
console.log(got.ok ? "got it" : "held by " + got.holder?.pid);
setInterval(() => {}, 1000);
`;

/** Another that asks for the ledger. */
const LEDGER_ASKER = `
import * as conflict from ${DOOR};
const [dir, how] = process.argv.slice(1);
console.log(conflict[how](dir) === null ? "refused" : "got it");
setInterval(() => {}, 1000);
`;

type Asked = { child: ChildProcess; says: string };
const asker = (t: TestContext, dir: string, name = NAME) => asked(t, ASKER, [dir, name]);
const ledgerAsker = (t: TestContext, dir: string, how: "shareLedger" | "lockLedger") =>
  asked(t, LEDGER_ASKER, [dir, how]);

async function asked(t: TestContext, code: string, more: string[]): Promise<Asked> {
  const args = ["--input-type=module", "-e", code, ...more];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  const says = await new Promise<string>((resolve) =>
    child.stdout?.once("data", (data) => resolve(String(data).trim())),
  );
  return { child, says };
}

function taken(dir: string, name = NAME): () => void {
  const lock = lockCampaign(dir, name, SELF);
  if (!lock.ok) assert.fail("the lock is held");
  return lock.release;
}

test("a campaign that another process holds is refused, with the holder's name", async (t) => {
  const dir = folder(t);
  const { child, says } = await asker(t, dir);
  assert.equal(says, "got it");
  const lock = lockCampaign(dir, NAME, SELF);
  assert.equal(lock.ok, false);
  assert.equal(lock.ok === false && lock.holder?.pid, child.pid);
});

test("the kernel frees the lock the moment its holder is killed", async (t) => {
  const dir = folder(t);
  const { child } = await asker(t, dir);
  child.kill("SIGKILL");
  await new Promise((resolve) => child.once("exit", resolve));
  assert.deepEqual(heldCampaigns(dir), [NAME], "its name still stands there");
  taken(dir)();
  assert.deepEqual(heldCampaigns(dir), []);
});

test("of ten processes that ask at once exactly one gets the lock", async (t) => {
  const dir = folder(t);
  const all = await Promise.all(Array.from({ length: 10 }, () => asker(t, dir)));
  assert.equal(all.filter(({ says }) => says === "got it").length, 1);
});

test("each campaign has a lock of its own", async (t) => {
  const dir = folder(t);
  await asker(t, dir, "one");
  taken(dir, "two")();
});

test("given back, the lock is free for others and its holder's name is gone", async (t) => {
  const dir = folder(t);
  const release = taken(dir);
  assert.deepEqual(readHolder(dir, NAME), SELF);
  release();
  assert.equal(readHolder(dir, NAME), null);
  assert.equal((await asker(t, dir)).says, "got it");
});

test("a holder's file that says nothing, or nonsense, decides nothing", (t) => {
  const dir = folder(t);
  taken(dir)();
  writeFileSync(join(dir, "locks", `${encodeURIComponent(NAME)}.holder.json`), '{"pid":');
  assert.equal(readHolder(dir, NAME), null);
  taken(dir)();
});

test("where the holder can't write its name down, the lock is free again", async (t) => {
  const dir = folder(t);
  const name = join(dir, "locks", `${encodeURIComponent(NAME)}.holder.json`);
  mkdirSync(join(name, "in the way"), { recursive: true });
  assert.throws(() => lockCampaign(dir, NAME, SELF), /EISDIR/);
  rmSync(name, { recursive: true });
  assert.equal((await asker(t, dir)).says, "got it");
});

test("a state folder that can't be written throws what the system says", (t) => {
  const dir = folder(t);
  writeFileSync(join(dir, "locks"), "a file where the folder should be");
  assert.throws(() => lockCampaign(dir, NAME, SELF));
});

test("any number share a ledger, one at most has it for itself", async (t) => {
  const dir = folder(t);
  const share = shareLedger(dir);
  assert.ok(share);
  const other = await ledgerAsker(t, dir, "shareLedger");
  assert.equal(other.says, "got it");
  share();
  assert.equal(lockLedger(dir), null, "the other still shares it");
  other.child.kill("SIGKILL");
  await new Promise((resolve) => other.child.once("exit", resolve));
  const release = lockLedger(dir);
  assert.ok(release, "a share ends with its process");
  assert.equal((await ledgerAsker(t, dir, "shareLedger")).says, "refused");
  assert.equal((await ledgerAsker(t, dir, "lockLedger")).says, "refused");
  release();
  assert.equal((await ledgerAsker(t, dir, "shareLedger")).says, "got it");
});

test("two shares of one process: the first to end leaves the other", async (t) => {
  const dir = folder(t);
  const [first, second] = [shareLedger(dir), shareLedger(dir)];
  first?.();
  assert.equal((await ledgerAsker(t, dir, "lockLedger")).says, "refused");
  second?.();
  assert.equal((await ledgerAsker(t, dir, "lockLedger")).says, "got it");
});

test("the ledger's lock is no campaign's", async (t) => {
  const dir = folder(t);
  const release = lockLedger(dir);
  taken(dir, "+ledger")();
  release?.();
  assert.deepEqual(heldCampaigns(dir), []);
});
