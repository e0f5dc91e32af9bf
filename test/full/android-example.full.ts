// What the Android example makes of an app that refuses, before Share and after it.
import assert from "node:assert/strict";
import test from "node:test";
import { readPosts } from "../../src/sim/phone/app/witness.ts";
import { adbWorld } from "../device/adb-world.ts";
import { rows, runExample } from "../device/android-world.ts";
import { has, World } from "../e2e/world.ts";

const limit = { timeout: 180_000 };

test("a suspended account is held; the phone is not asked again for it", limit, async (t) => {
  const adb = await adbWorld(t);
  await adb.phones[0].command({ do: "mode", mode: "suspended" });
  const { final } = await runExample(new World(t, rows(2)), adb);
  has(final, { exit_code: 3, failed_account: 1, held: 1, attempts: 1 });
  assert.deepEqual(readPosts(adb.witness), []);
});

test("words shown after Share refuse the post, and it is not out", limit, async (t) => {
  const adb = await adbWorld(t);
  await adb.phones[0].command({ do: "mode", mode: "rejected" });
  const { final } = await runExample(new World(t, rows(1)), adb);
  has(final, { exit_code: 3, failed_content: 1, attempts: 1 });
  assert.deepEqual(readPosts(adb.witness), []);
});
