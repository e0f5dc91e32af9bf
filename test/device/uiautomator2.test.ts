// The whole stack but for the phone: webdriverio, Appium, its UiAutomator2 driver and adb are the real ones.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { remote } from "webdriverio";
import { given } from "../../src/devices/devices.contract.ts";
import { MARK_VARIABLE } from "../../src/host/host.ts";
import { nodeProcesses } from "../../src/host/node/node-host.ts";
import { readPosts } from "../../src/sim/phone/app/witness.ts";
import { type AdbWorld, adbWorld, freePort, until } from "./adb-world.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const VIDEO = readFileSync(join(ROOT, "examples/command/media/market.mp4"));
const SHA = createHash("sha256").update(VIDEO).digest("hex");
const never = new AbortController().signal;

type Appium = { process: ChildProcess; port: number };

/** Appium as a worker starts it: marked, in a process group of its own. */
async function appium(t: TestContext, world: AdbWorld, mark: string): Promise<Appium> {
  const port = await freePort();
  const main = join(ROOT, "node_modules/appium/index.js");
  const args = ["server", "--address", "127.0.0.1", "--port", String(port), "--use-drivers", "uiautomator2"];
  const env = { ...world.environment, ANDROID_HOME: "/usr/lib/android-sdk", APPIUM_HOME: ROOT, [MARK_VARIABLE]: mark };
  const child = spawn(process.execPath, [main, ...args], { cwd: ROOT, env, stdio: "ignore", detached: true });
  t.after(() => end(child, "SIGKILL"));
  const isUp = () =>
    fetch(`http://127.0.0.1:${port}/status`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until("Appium is up", isUp, 30_000);
  return { process: child, port };
}

async function end(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill(signal);
  await gone;
}

function session(world: AdbWorld, port: number, systemPort: number) {
  const capabilities = {
    platformName: "Android",
    "appium:automationName": "UiAutomator2",
    "appium:udid": world.phones[0].serial,
    "appium:adbPort": world.port,
    "appium:systemPort": systemPort,
    "appium:skipServerInstallation": true,
    "appium:skipDeviceInitialization": true,
    "appium:noSign": true,
    "appium:noReset": true,
    "appium:autoLaunch": false,
    "appium:ignoreHiddenApiPolicyError": true,
    "appium:appPackage": "com.sim.poster",
    "appium:appActivity": ".Main",
    "appium:uiautomator2ServerLaunchTimeout": 15_000,
    "wdio:enforceWebDriverClassic": true,
  };
  const server = { hostname: "127.0.0.1", port, path: "/", logLevel: "error", connectionRetryCount: 0 } as const;
  return remote({ ...server, connectionRetryTimeout: 60_000, capabilities });
}

type Browser = Awaited<ReturnType<typeof session>>;

/** From the home screen to the tap on Share. */
async function post(browser: Browser, caption: string): Promise<void> {
  await browser.pushFile("/sdcard/Download/v.mp4", VIDEO.toString("base64"));
  await browser.activateApp("com.sim.poster");
  await browser.$("~Create").click();
  await browser.$("~v.mp4").click();
  await browser.$('android=new UiSelector().text("Next")').click();
  await browser.$("id=com.sim.poster:id/caption").setValue(caption);
  await browser.$('//android.widget.Button[@text="Share"]').click();
}

test("a video is posted through UiAutomator2, and seen on the profile", { timeout: 90_000 }, async (t) => {
  const world = await adbWorld(t);
  await world.adb("start-server");
  await world.adb("connect", world.phones[0].serial);
  const server = await appium(t, world, "test");
  const browser = await session(world, server.port, await freePort());
  await post(browser, "hello 🎈 #reel");
  assert.equal(await browser.$("id=com.sim.poster:id/toast").getText(), "Your reel has been shared");
  const posts = readPosts(world.witness).map(({ account, caption, media_sha256 }) => [account, caption, media_sha256]);
  assert.deepEqual(posts, [["anna", "hello 🎈 #reel", SHA]]);
  await browser.$("id=ok").click();
  await browser.$("~Profile").click();
  assert.equal(await browser.$("id=com.sim.poster:id/profile_name").getText(), "anna");
  assert.equal(await browser.$("id=com.sim.poster:id/post_item").getAttribute("content-desc"), "SIM1-p1");
  await browser.deleteSession();
  await end(server.process, "SIGTERM");
  assert.deepEqual((await world.phones[0].command({ do: "state" })).unknown, []);
});

test("after kill -9 of Appium the post is made all the same, and stopping the phone clears the way", {
  timeout: 90_000,
}, async (t) => {
  const mark = `uia-${process.pid}-${Date.now()}`;
  const world = await adbWorld(t);
  const [phone] = world.phones;
  const devices = world.devices({ mark, processes: nodeProcesses });
  t.after(() => devices.close());
  given(await devices.lease(phone.serial));
  given(await devices.ready(phone.serial, never));
  const systemPort = await freePort();
  await phone.command({ do: "upload_ms", ms: 1500 });
  const first = await appium(t, world, mark);
  await post(await session(world, first.port, systemPort), "unconfirmed");
  await end(first.process, "SIGKILL");
  const children = () => nodeProcesses.marked(mark).filter(({ command }) => command.includes(` -s ${phone.serial} `));
  assert.ok(children().length > 0, "a killed Appium leaves adb children");
  assert.match((await world.adb("forward", "--list")).text, new RegExp(`tcp:${systemPort} tcp:6790`));

  given(await devices.stop(phone.serial));
  await until("the children are gone", () => children().length === 0);
  assert.equal((await world.adb("forward", "--list")).text.trim(), "");
  await until("the upload has ended", () => readPosts(world.witness).length > 0);

  given(await devices.ready(phone.serial, never));
  const second = await appium(t, world, mark);
  const browser = await session(world, second.port, systemPort);
  await browser.activateApp("com.sim.poster");
  if (await browser.$("id=ok").isExisting()) await browser.$("id=ok").click();
  await browser.$("~Profile").click();
  assert.equal(await browser.$("id=com.sim.poster:id/post_item").getText(), "unconfirmed");
  await browser.deleteSession();
  await end(second.process, "SIGTERM");
  assert.equal(readPosts(world.witness).length, 1);
});
