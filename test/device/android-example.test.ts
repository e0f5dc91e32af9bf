// The Android example on the real stack: real command, WebdriverIO, Appium, UiAutomator2 driver and adb. Only the phone is simulated.
// What it makes of an app that refuses: test/full/android-example.full.ts.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { tinyMp4 } from "../../src/media/tiny-mp4.fixture.ts";
import { readPosts } from "../../src/sim/phone/app/witness.ts";
import { has, World } from "../e2e/world.ts";
import { adbWorld } from "./adb-world.ts";
import { rows, runExample } from "./android-world.ts";

/** In a shell: three commands and a word too many. */
const MEDIA = "my clip;reboot;$(reboot).mp4";

test("a video goes out of a phone over adb and UiAutomator2, once, with bytes and caption, whatever its file is called", {
  timeout: 180_000,
}, async (t) => {
  const adb = await adbWorld(t);
  const w = new World(
    t,
    rows(1).map((row) => ({ ...row, media: MEDIA })),
  );
  w.write(MEDIA, tinyMp4());
  const { final } = await runExample(w, adb);
  has(final, { exit_code: 0, success: 1, attempts: 1 });
  const sha = createHash("sha256").update(tinyMp4()).digest("hex");
  const posts = readPosts(adb.witness).map((p) => [p.account, p.caption, p.media_sha256]);
  assert.deepEqual(posts, [["anna", "no. 1 🎈", sha]]);
  const { boots, files } = await adb.phones[0].command({ do: "state" });
  assert.equal(boots, 1, "the file's name was a command");
  assert.deepEqual(
    files.filter((path) => !/^[\w./-]+$/.test(path)),
    [],
  );
  const commands = readFileSync(join(w.dir, ".reprise/logs/appium_1.log"), "utf8").split("\n");
  const shell = commands.filter((line) => /Running .*adb.* shell /.test(line));
  assert.ok(shell.some((line) => line.includes("am start-activity")));
  assert.deepEqual(
    shell.filter((line) => /clip|reboot/.test(line)),
    [],
  );
  assert.deepEqual(w.census(), []);
});
