import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { heldCampaigns, type LockHolder, lockCampaign, readHolder } from "./conflict.ts";

const SELF: LockHolder = { pid: process.pid, startTime: "1", bootId: "boot", host: "desk", since: "now" };
const NAME = "spring sale/2";

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), "reprise-lock-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Another process that asks for the lock, says what it got, and stays. */
const ASKER = `
import { lockCampaign } from ${JSON.stringify(new URL("./conflict.ts", import.meta.url).href)};
const [dir, name] = process.argv.slice(1);
const got = lockCampaign(dir, name, { pid: process.pid, startTime: "1", bootId: "b", host: "h", since: "s" });
console.log(got.ok ? "got it" : "held by " + got.holder?.pid);
setInterval(() => {}, 1000);
`;

async function asker(t: TestContext, dir: string, name = NAME): Promise<{ child: ChildProcess; says: string }> {
  const args = ["--input-type=module", "-e", ASKER, dir, name];
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

test("a state folder that can't be written throws what the system says", (t) => {
  const dir = folder(t);
  writeFileSync(join(dir, "locks"), "a file where the folder should be");
  assert.throws(() => lockCampaign(dir, NAME, SELF));
});
