// The posting app on the simulated phone, driven over a real `adb forward` as Appium drives it: what is posted, and when.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import type { AppMode } from "../../src/sim/phone/app/posting-app.ts";
import { readPosts } from "../../src/sim/phone/app/witness.ts";
import type { PhoneCommand } from "../../src/sim/phone/faults.ts";
import type { PhoneProcess } from "../../src/sim/phone/phone-process.ts";
import { type AdbWorld, adbWorld, until } from "./adb-world.ts";

const VIDEO = Buffer.from("a video, more or less");
const SHARE =
  "am start -a android.intent.action.SEND --eu android.intent.extra.STREAM file:///sdcard/v.mp4 -n com.sim.poster/.Main";

/** A finger on the phone's screen. */
type Finger = {
  world: AdbWorld;
  phone: PhoneProcess;
  /** Ends the instrumentation, as a killed Appium does. */
  cut(): void;
  tap(strategy: string, selector: string): Promise<number>;
  type(text: string): Promise<void>;
  source(): Promise<string>;
};

async function finger(t: TestContext): Promise<Finger> {
  const world = await adbWorld(t);
  const [phone] = world.phones;
  const file = join(world.folder, "v.mp4");
  writeFileSync(file, VIDEO);
  await world.adb("start-server");
  await world.adb("connect", phone.serial);
  assert.equal((await world.adb("-s", phone.serial, "push", file, "/sdcard/v.mp4")).exit, 0);
  const instrument: ChildProcess = spawn("adb", ["-s", phone.serial, "shell", "am instrument -w x/y"], {
    env: world.environment,
    stdio: "ignore",
  });
  t.after(() => instrument.kill("SIGKILL"));
  await until("the phone is instrumented", async () => (await phone.command({ do: "state" })).isInstrumented);
  const local = (await world.adb("-s", phone.serial, "forward", "tcp:0", "tcp:6790")).text.trim();
  const ask = async (method: string, path: string, body?: object) => {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const reply = await fetch(`http://127.0.0.1:${local}${path}`, init);
    return { status: reply.status, value: ((await reply.json()) as { value: unknown }).value };
  };
  const element = async (strategy: string, selector: string) => {
    const found = await ask("POST", "/session/1/element", { strategy, selector });
    return { ...found, id: (found.value as { ELEMENT?: string }).ELEMENT };
  };
  return {
    world,
    phone,
    cut: () => instrument.kill("SIGKILL"),
    async tap(strategy, selector) {
      const found = await element(strategy, selector);
      return found.id === undefined
        ? found.status
        : (await ask("POST", `/session/1/element/${found.id}/click`, {})).status;
    },
    async type(text) {
      const { id } = await element("id", "com.sim.poster:id/caption");
      await ask("POST", `/session/1/element/${id}/value`, { text });
    },
    source: async () => String((await ask("GET", "/session/1/source")).value),
  };
}

/** From the share sheet's intent to the tap on Share. */
async function share(f: Finger, caption: string): Promise<void> {
  assert.equal((await f.world.adb("-s", f.phone.serial, "shell", SHARE)).exit, 0);
  await f.type(caption);
  assert.equal(await f.tap("xpath", '//android.widget.Button[@text="Share"]'), 200);
}

test("a shared video is posted once, with its bytes, caption and account", async (t) => {
  const f = await finger(t);
  assert.equal(await f.tap("accessibility id", "Sim Poster"), 200);
  for (const [strategy, selector] of [
    ["accessibility id", "Create"],
    ["accessibility id", "v.mp4"],
    ["-android uiautomator", 'new UiSelector().text("Next")'],
  ] as const)
    assert.equal(await f.tap(strategy, selector), 200, selector);
  await f.type("hello 🎈");
  assert.equal(await f.tap("id", "com.sim.poster:id/share"), 200);
  assert.match(await f.source(), /Your reel has been shared/);
  const sha = createHash("sha256").update(VIDEO).digest("hex");
  const posts = readPosts(f.world.witness).map(({ account, media_sha256, caption }) => [
    account,
    media_sha256,
    caption,
  ]);
  assert.deepEqual(posts, [["anna", sha, "hello 🎈"]]);
  await f.tap("id", "ok");
  await f.tap("accessibility id", "Profile");
  assert.match(await f.source(), /text="anna".*text="1 posts".*content-desc="SIM1-p1"/);
});

const refusals: [mode: AppMode, screen: RegExp][] = [
  ["try_again_later", /Try again later/],
  ["rejected", /This video can&#39;t be shared/],
];
for (const [mode, screen] of refusals) {
  test(`the app that is ${mode} refuses after the tap, and nothing is posted`, async (t) => {
    const f = await finger(t);
    await f.phone.command({ do: "mode", mode });
    await share(f, "no");
    assert.match(await f.source(), screen);
    assert.deepEqual(readPosts(f.world.witness), []);
  });
}

const shut: [mode: AppMode, screen: RegExp][] = [
  ["suspended", /We suspended your account/],
  ["logged_out", /Log in/],
];
for (const [mode, screen] of shut) {
  test(`the app that is ${mode} shows it before anything can be shared`, async (t) => {
    const f = await finger(t);
    await f.phone.command({ do: "mode", mode });
    await f.world.adb("-s", f.phone.serial, "shell", SHARE);
    assert.match(await f.source(), screen);
    assert.equal(await f.tap("id", "com.sim.poster:id/share"), 404);
  });
}

test("an upload goes on when its automation is killed", async (t) => {
  const f = await finger(t);
  await f.phone.command({ do: "upload_ms", ms: 600 });
  await share(f, "later");
  assert.match(await f.source(), /Posting\.\.\..*Keep open to finish posting/);
  f.cut();
  await until("the server is down", async () => !(await f.phone.command({ do: "state" })).isInstrumented);
  assert.deepEqual(readPosts(f.world.witness), []);
  await until("the post is made", () => readPosts(f.world.witness).length === 1);
});

test("an upload that a reboot interrupts is resumed after it, once", async (t) => {
  const f = await finger(t);
  await f.phone.command({ do: "mode", mode: "stuck_upload" });
  await share(f, "after the boot");
  await f.phone.command({ do: "reboot", ms: 1000 });
  const state = await f.phone.command({ do: "mode", mode: "ok" });
  assert.deepEqual([state.boots, state.posts.length, state.uploadsPending], [2, 0, 1]);
  await until("the post is made", () => readPosts(f.world.witness).length === 1);
  const after = await f.phone.command({ do: "state" });
  assert.deepEqual([after.posts.length, after.uploadsPending, after.isInstrumented], [1, 0, false]);
});

test("an upload without network waits for it", async (t) => {
  const f = await finger(t);
  await f.phone.command({ do: "app_online", on: false });
  await share(f, "patience");
  assert.match(await f.source(), /Posting\.\.\./);
  assert.equal((await f.phone.command({ do: "state" })).uploadsPending, 1);
  assert.equal((await f.phone.command({ do: "app_online", on: true })).posts.length, 1);
  assert.match(await f.source(), /Your reel has been shared/);
});

test("a stopped app uploads no further until it is opened again", async (t) => {
  const f = await finger(t);
  await f.phone.command({ do: "mode", mode: "stuck_upload" });
  await share(f, "stopped");
  await f.world.adb("-s", f.phone.serial, "shell", "am force-stop com.sim.poster");
  assert.equal((await f.phone.command({ do: "mode", mode: "ok" })).uploadsPending, 1);
  await f.world.adb("-s", f.phone.serial, "shell", "monkey -p com.sim.poster 1");
  assert.equal((await f.phone.command({ do: "state" })).posts.length, 1);
});

test("a crashed instrumentation answers no more, and a new one does", async (t) => {
  const f = await finger(t);
  await f.phone.command({ do: "crash_instrumentation" });
  await assert.rejects(f.source());
  const again = spawn("adb", ["-s", f.phone.serial, "shell", "am instrument -w x/y"], {
    env: f.world.environment,
    stdio: "ignore",
  });
  t.after(() => again.kill("SIGKILL"));
  await until("it is up again", async () => (await f.phone.command({ do: "state" })).isInstrumented);
  assert.match(await f.source(), /<hierarchy/);
});

test("an app that says shared may have lost the post", async (t) => {
  const f = await finger(t);
  await f.phone.command({ do: "mode", mode: "lost" });
  await share(f, "lost");
  assert.match(await f.source(), /Your reel has been shared/);
  const state = await f.phone.command({ do: "state" });
  assert.deepEqual([state.posts.length, state.uploadsPending, readPosts(f.world.witness).length], [0, 0, 0]);
});

test("an app that says something went wrong may post all the same", async (t) => {
  const f = await finger(t);
  await f.phone.command({ do: "mode", mode: "false_alarm" });
  await share(f, "alarm");
  assert.match(await f.source(), /Something went wrong/);
  assert.equal(readPosts(f.world.witness).length, 1);
});

const atTheTap: PhoneCommand[] = [
  { do: "drop" },
  { do: "reboot", ms: 100 },
  { do: "crash_instrumentation" },
  { do: "gone" },
];
for (const fault of atTheTap) {
  test(`a ${fault.do} at the tap on Share leaves it unanswered, and the post is made once`, async (t) => {
    const f = await finger(t);
    await f.phone.command({ do: "upload_ms", ms: 300 });
    await f.phone.command({ do: "on_share", fault });
    await assert.rejects(share(f, "did it?"));
    if (fault.do === "gone") await f.phone.command({ do: "back" });
    await until("the post is made", () => readPosts(f.world.witness).length > 0);
    assert.deepEqual(
      readPosts(f.world.witness).map(({ caption }) => caption),
      ["did it?"],
    );
  });
}

test("a phone that freezes at the tap on Share answers when it thaws", async (t) => {
  const f = await finger(t);
  await f.phone.command({ do: "on_share", fault: { do: "freeze" } });
  const tapped = share(f, "cold").then(() => "answered");
  await until("the post is made", () => readPosts(f.world.witness).length === 1);
  const waited = new Promise((resolve) => setTimeout(() => resolve("no answer"), 300));
  assert.equal(await Promise.race([tapped, waited]), "no answer");
  await f.phone.command({ do: "thaw" });
  assert.equal(await tapped, "answered");
});
