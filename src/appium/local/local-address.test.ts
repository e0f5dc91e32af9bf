// On an Appium that is played: the real one starts too well.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { MARK_VARIABLE } from "../../host/host.ts";
import { nodeProcesses } from "../../host/node/node-host.ts";
import { tempFoldersIn } from "../../host/node/temp-folders.ts";
import { AppiumSlot } from "./appium-slot.ts";
import { openAppiumAddress } from "./local-address.ts";

/** Says nothing as long as the file is there, and serves without it. */
const APPIUM = `
const { existsSync } = require("node:fs");
const option = (name) => process.argv[process.argv.indexOf(name) + 1];
if (existsSync(__dirname + "/mute")) setInterval(() => {}, 1e6);
else
  require("node:http")
    .createServer((_request, response) => response.end(JSON.stringify({ value: [] })))
    .listen(Number(option("--port")), "127.0.0.1");
`;

async function world(t: TestContext) {
  const stateDir = mkdtempSync(join(tmpdir(), "reprise-address-"));
  const folder = join(stateDir, "node_modules", "appium");
  const mute = join(folder, "mute");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "index.js"), APPIUM);
  writeFileSync(mute, "");
  const mark = `test-${process.pid}/${encodeURIComponent(stateDir)}/1.1`;
  const env = { ...process.env, [MARK_VARIABLE]: mark };
  const options = {
    worker: 1,
    stateDir,
    folders: [stateDir],
    env,
    processes: nodeProcesses,
    temp: tempFoldersIn(stateDir),
  };
  const address = await openAppiumAddress({ ...options, log: () => {} });
  const running = () => nodeProcesses.marked(mark);
  t.after(async () => {
    await address.close();
    for (const left of running()) nodeProcesses.kill(left, "SIGKILL");
    rmSync(stateDir, { recursive: true, force: true });
  });
  const until = async (what: () => boolean) => {
    for (const deadline = Date.now() + 20_000; !what(); await sleep(20)) assert.ok(Date.now() < deadline);
  };
  return {
    address,
    slot: new AppiumSlot(options),
    logs: join(stateDir, "logs"),
    running,
    until,
    speaks: () => rmSync(mute),
  };
}

test("an attempt that ends while its Appium starts waits for nothing, and the next one gets an Appium", async (t) => {
  const { address, running, until, speaks } = await world(t);
  const lost = assert.rejects(fetch(`${address.url}/status`));
  await until(() => running().length > 0);
  const begun = performance.now();
  await address.tidy();
  await lost;
  assert.ok(performance.now() - begun < 20_000, "not the minute that a start may take");
  await until(() => running().length === 0);

  speaks();
  assert.equal((await fetch(`${address.url}/status`)).status, 200);
  await address.tidy();
  assert.equal(running().length, 1, "it has no session, and stays");
});

test("an attempt that is over starts no server any more", async (t) => {
  const { slot, logs } = await world(t);
  const asked = { driver: null, signal: AbortSignal.abort(), log: () => assert.fail("nothing to tell") };
  await assert.rejects(slot.well(asked), { category: "infrastructure", cause: "appium_start_timeout" });
  assert.equal(existsSync(logs), false, "a server that was started has a log");
});
