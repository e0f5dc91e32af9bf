// What somebody would write who has one phone and a list: an Appium, and the example's poster in a loop. It remembers nothing, proves
// nothing and ends at the first error. `bare-loop.ts '{"serial", ...}'`; its last line is the milliseconds of each post.
import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { PosterContext } from "reprise";
import { type Browser, remote } from "webdriverio";
import poster from "../examples/android/poster.ts";

export type BareAsked = {
  serial: string;
  adbPort: number;
  /** Of Appium, and of its forward to the phone. */
  port: number;
  systemPort: number;
  account: string;
  folder: string;
  jobs: { id: string; media: string; caption: string }[];
};

const HOME = fileURLToPath(new URL("..", import.meta.url));
const asked = JSON.parse(process.argv[2] ?? "") as BareAsked;
const server = await appium(asked.port);
const took: number[] = [];
for (const job of asked.jobs) {
  const began = performance.now();
  await post(job);
  took.push(performance.now() - began);
}
server.kill("SIGTERM");
console.log(JSON.stringify(took));

async function appium(port: number): Promise<ChildProcess> {
  const args = ["--address", "127.0.0.1", "--port", `${port}`, "--use-drivers", "uiautomator2"];
  const entry = join(HOME, "node_modules/appium/index.js");
  const env = { ...process.env, APPIUM_HOME: HOME };
  const child = spawn(process.execPath, [entry, "server", ...args], { env, stdio: "ignore", detached: true });
  const isUp = () =>
    fetch(`http://127.0.0.1:${port}/status`).then(
      ({ ok }) => ok,
      () => false, // not yet
    );
  while (!(await isUp())) await sleep(50);
  return child;
}

/** One session a post, as everybody does who wants each post to begin on a clean phone. */
async function post(job: BareAsked["jobs"][number]): Promise<void> {
  const { serial, adbPort, port, systemPort, account, folder } = asked;
  let browser: Browser | undefined;
  const driver = async (capabilities: object) => {
    const own = { "appium:adbPort": adbPort, "appium:systemPort": systemPort, "wdio:enforceWebDriverClassic": true };
    browser = await remote({
      hostname: "127.0.0.1",
      port,
      logLevel: "error",
      capabilities: { ...capabilities, ...own },
    });
    return browser;
  };
  const screenshot = async (name: string) => {
    writeFileSync(
      join(folder, `${job.id}-${name}.png`),
      Buffer.from((await browser?.takeScreenshot()) ?? "", "base64"),
    );
  };
  const context = {
    job: { ...job, account, platform: "sim-poster", data: {} },
    device: serial,
    driver,
    step: () => {},
    publish: <T>(tap: () => Promise<T>) => tap(),
    posted: () => {},
    screenshot,
    log: () => {},
  };
  await poster.post(context as unknown as PosterContext);
  await browser?.deleteSession();
}
