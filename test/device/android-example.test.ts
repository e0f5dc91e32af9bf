// The Android example on the real stack: real command, WebdriverIO, Appium, UiAutomator2 driver and adb. Only the phone is simulated.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { readPosts } from "../../src/sim/phone/app/witness.ts";
import { has, type JobRow, World } from "../e2e/world.ts";
import { type AdbWorld, adbWorld } from "./adb-world.ts";

const POSTER = fileURLToPath(new URL("../../examples/android/poster.ts", import.meta.url));
const limit = { timeout: 180_000 };
const QUICK = ["--workers", "1", "--retry-delay", "0", "--settle", "1", "--daily-limit", "0"];

async function run(w: World, adb: AdbWorld) {
  const [phone] = adb.phones;
  await adb.adb("start-server");
  await adb.adb("connect", phone.serial);
  const { PATH: _path, HOME: _home, ...environment } = adb.environment;
  const env = {
    ...environment,
    ANDROID_HOME: "/usr/lib/android-sdk",
    ANDROID_SERIAL: phone.serial,
    SIMULATED_PHONE: "1",
  };
  return w.run(["run", "jobs.jsonl", "--json", "--poster", POSTER, ...QUICK], { env });
}

const rows = (n: number): JobRow[] =>
  Array.from({ length: n }, (_, i) => ({
    id: `j${i + 1}`,
    account: "anna",
    platform: "sim-poster",
    caption: `no. ${i + 1} 🎈`,
  }));

test("videos go out of a phone over adb and UiAutomator2, each once, with bytes and caption", limit, async (t) => {
  const adb = await adbWorld(t);
  const w = new World(t, rows(3));
  const { final, events } = await run(w, adb);
  has(final, { exit_code: 0, success: 3, attempts: 3 });
  const posts = readPosts(adb.witness).map((p) => [p.account, p.caption, p.media_sha256]);
  const sha = (id: string) =>
    createHash("sha256")
      .update(readFileSync(join(w.dir, `${id}.mp4`)))
      .digest("hex");
  assert.deepEqual(
    posts,
    [1, 2, 3].map((n) => ["anna", `no. ${n} 🎈`, sha(`j${n}`)]),
  );
  assert.deepEqual(w.census(), []);
  const took = events.flatMap((e) => (e.type === "attempt.finished" ? [e.duration_ms] : []));
  t.diagnostic(`milliseconds a post: ${took.join(", ")}`);
});

test("a suspended account is held; the phone is not asked again for it", limit, async (t) => {
  const adb = await adbWorld(t);
  await adb.phones[0].command({ do: "mode", mode: "suspended" });
  const { final } = await run(new World(t, rows(2)), adb);
  has(final, { exit_code: 3, failed_account: 1, held: 1, attempts: 1 });
  assert.deepEqual(readPosts(adb.witness), []);
});

test("words shown after Share refuse the post, and it is not out", limit, async (t) => {
  const adb = await adbWorld(t);
  await adb.phones[0].command({ do: "mode", mode: "rejected" });
  const { final } = await run(new World(t, rows(1)), adb);
  has(final, { exit_code: 3, failed_content: 1, attempts: 1 });
  assert.deepEqual(readPosts(adb.witness), []);
});
