// Appium as a worker starts it, and a finger on the posting app through it: webdriverio, Appium, its UiAutomator2 driver and adb are real.
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { remote } from "webdriverio";
import { MARK_VARIABLE } from "../../src/host/host.ts";
import { nodeTempFolders } from "../../src/host/node/temp-folders.ts";
import { type AdbWorld, freePort, until } from "./adb-world.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const VIDEO = readFileSync(join(ROOT, "examples/command/media/market.mp4"));
export const SHA = createHash("sha256").update(VIDEO).digest("hex");

export type Appium = { process: ChildProcess; port: number };

/** Appium as a worker starts it: marked, in a process group of its own. */
export async function appium(t: TestContext, world: AdbWorld, mark: string): Promise<Appium> {
  const port = await freePort();
  const main = join(ROOT, "node_modules/appium/index.js");
  const args = ["server", "--address", "127.0.0.1", "--port", String(port), "--use-drivers", "uiautomator2"];
  const temp = nodeTempFolders.make("reprise-test-");
  t.after(() => nodeTempFolders.remove(temp));
  const places = { ANDROID_HOME: "/usr/lib/android-sdk", APPIUM_HOME: ROOT, TMPDIR: temp };
  const env = { ...world.environment, ...places, [MARK_VARIABLE]: mark };
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

export async function end(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill(signal);
  await gone;
}

export function session(world: AdbWorld, port: number, systemPort: number) {
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
export async function post(browser: Browser, caption: string): Promise<void> {
  await browser.pushFile("/sdcard/Download/v.mp4", VIDEO.toString("base64"));
  await browser.activateApp("com.sim.poster");
  await browser.$("~Create").click();
  await browser.$("~v.mp4").click();
  await browser.$('android=new UiSelector().text("Next")').click();
  await browser.$("id=com.sim.poster:id/caption").setValue(caption);
  await browser.$('//android.widget.Button[@text="Share"]').click();
}
