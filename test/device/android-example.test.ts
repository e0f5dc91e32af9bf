// The Android example on the real stack: real command, WebdriverIO, Appium, UiAutomator2 driver and adb. Only the phone is simulated.
// What it makes of an app that refuses: test/full/android-example.full.ts.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { readPosts } from "../../src/sim/phone/app/witness.ts";
import { has, World } from "../e2e/world.ts";
import { adbWorld } from "./adb-world.ts";
import { rows, runExample } from "./android-world.ts";

test("a video goes out of a phone over adb and UiAutomator2, once, with bytes and caption", {
  timeout: 180_000,
}, async (t) => {
  const adb = await adbWorld(t);
  const w = new World(t, rows(1));
  const { final } = await runExample(w, adb);
  has(final, { exit_code: 0, success: 1, attempts: 1 });
  const sha = createHash("sha256")
    .update(readFileSync(join(w.dir, "j1.mp4")))
    .digest("hex");
  const posts = readPosts(adb.witness).map((p) => [p.account, p.caption, p.media_sha256]);
  assert.deepEqual(posts, [["anna", "no. 1 🎈", sha]]);
  assert.deepEqual(w.census(), []);
});
