import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { nodeProcesses } from "./node-host.ts";
import { tempFoldersIn } from "./temp-folders.ts";

function world(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), "reprise-temp-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const { pid } = spawnSync("true");
  const dead = { ...nodeProcesses.self(), pid, host: nodeProcesses.host() };
  /** As a killed process leaves it. */
  const owned = (name: string, owner: object) => {
    mkdirSync(join(root, name, "profile/deep"), { recursive: true });
    writeFileSync(join(root, name, "owner.json"), JSON.stringify({ ...dead, ...owner }));
    return join(root, name);
  };
  return { root, owned, temp: tempFoldersIn(root) };
}

test("what a dead process left is taken away; what lives, or is another's, stays", async (t) => {
  const { root, owned, temp } = world(t);
  const mine = temp.make("a-");
  const taken = [owned("a-killed", {}), owned("a-before-boot", { ...nodeProcesses.self(), bootId: "another" })];
  const unknown = join(root, "a-unknown");
  mkdirSync(unknown);
  const kept = [mine, unknown, owned("a-elsewhere", { host: "another" }), owned("b-killed", {})];
  await temp.removeDead("a-");
  assert.deepEqual([...taken, ...kept].filter(existsSync), kept);
});

test("one's own goes at once, and twice is no error", async (t) => {
  const { temp } = world(t);
  const mine = temp.make("a-");
  assert.equal(JSON.parse(readFileSync(join(mine, "owner.json"), "utf8")).pid, process.pid);
  mkdirSync(join(mine, "profile"));
  await temp.remove(mine);
  assert.equal(existsSync(mine), false);
  await temp.remove(mine);
});
