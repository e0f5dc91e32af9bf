// On a real Appium with a real Chromium.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { needsChromium } from "../../../test/fixtures/needs-chromium.ts";
import { MARK_VARIABLE } from "../../host/host.ts";
import { nodeProcesses } from "../../host/node/node-host.ts";
import { tempFoldersIn } from "../../host/node/temp-folders.ts";
import type { SessionAsk } from "../appium.ts";
import { findAppium } from "./installed.ts";
import { openAppiumAddress } from "./local-address.ts";
import { openLocalAppium } from "./local-appium.ts";
import { createSession } from "./session.ts";

const limit = { timeout: 120_000 };
const CHROMIUM = {
  platformName: "linux",
  browserName: "chrome",
  "appium:automationName": "Chromium",
  "appium:executable": "/usr/bin/chromedriver",
  "goog:chromeOptions": { binary: "/usr/bin/chromium", args: ["--headless=new", "--no-sandbox", "--disable-gpu"] },
};

const asking = (more: Partial<SessionAsk> = {}): SessionAsk => ({
  capabilities: CHROMIUM,
  phone: null,
  signal: new AbortController().signal,
  log: () => {},
  ...more,
});

/** One campaign's slot, and what runs under its mark. */
function slot(t: TestContext) {
  const stateDir = mkdtempSync(join(tmpdir(), "reprise-slot-"));
  const tempRoot = join(stateDir, "t"); // short: a browser's socket lies in it, and its path has room for 107 bytes
  mkdirSync(tempRoot);
  const mark = `test-${process.pid}/${encodeURIComponent(stateDir)}/1.1`;
  const env = { ...process.env, TMPDIR: tempRoot, [MARK_VARIABLE]: mark };
  const folders = [import.meta.dirname];
  const options = { worker: 1, stateDir, folders, env, processes: nodeProcesses, temp: tempFoldersIn(tempRoot) };
  const open = () => openLocalAppium(options);
  const address = (from: string[]) => openAppiumAddress({ ...options, folders: from, log: () => {} });
  /** A chromedriver that never answers. */
  const silentDriver = () => {
    const file = join(stateDir, "driver");
    writeFileSync(file, "#!/bin/sh\nexec sleep 1000\n", { mode: 0o755 });
    return file;
  };
  const running = () => nodeProcesses.marked(mark);
  t.after(() => {
    for (const left of running()) nodeProcesses.kill(left, "SIGKILL");
    rmSync(stateDir, { recursive: true, force: true });
  });
  /** What stays: processes and temporary files. Killed is not yet gone: the kernel takes its time on a busy machine. */
  const left = async () => {
    const still = () => [...running(), ...readdirSync(tempRoot)];
    for (const deadline = Date.now() + 10_000; still().length > 0 && Date.now() < deadline; ) await sleep(20);
    return still();
  };
  const servers = () => running().filter((p) => p.command.includes(" server --address "));
  return { open, address, silentDriver, running, left, servers };
}

type Page = { url(url: string): Promise<void>; getTitle(): Promise<string> };

test("a server that died between two sessions is started anew; an orderly end leaves nothing", limit, async (t) => {
  needsChromium();
  const { open, running, left, servers } = slot(t);
  const appium = open();
  assert.deepEqual(running(), [], "nothing runs before it is asked for");
  const first = await appium.open(asking());
  const page = first.browser as Page;
  await page.url("data:text/html,<title>here</title>");
  assert.equal(await page.getTitle(), "here");
  assert.equal((await first.screenshot()).subarray(1, 4).toString(), Buffer.from("PNG").toString());
  assert.match(await first.source(), /<title>here/);
  await first.end();
  const [server] = servers();
  assert.ok(server !== undefined);

  const second = await appium.open(asking());
  assert.deepEqual(
    servers().map((s) => s.pid),
    [server.pid],
    "a well server is kept",
  );
  await second.end();

  nodeProcesses.kill(server, "SIGKILL");
  const third = await appium.open(asking());
  assert.notEqual(servers()[0]?.pid, server.pid);
  await third.end();
  await appium.close();
  assert.deepEqual(await left(), []);
});

test(
  "what a killed worker left in its slot, browsers too, is gone before the slot's next server starts",
  limit,
  async (t) => {
    needsChromium();
    const { open, running, left: remains } = slot(t);
    await open().open(asking()); // never ended: its worker was killed
    const left = running().map((p) => p.pid);
    assert.ok(left.length > 3, `browser and driver carry the mark: ${left.length} processes`);
    const next = open();
    await (await next.open(asking())).end();
    const still = running().filter((p) => left.includes(p.pid));
    assert.deepEqual(still, []);
    await next.close();
    assert.deepEqual(await remains(), []);
  },
);

test("a session nobody waits for any more leaves nothing behind", limit, async (t) => {
  needsChromium();
  const { open, left } = slot(t);
  const over = new AbortController();
  const silent = { ...CHROMIUM, "appium:executable": "/bin/cat" }; // a chromedriver that never answers
  const log = (line: string) => {
    if (line.startsWith("Appium started")) setTimeout(() => over.abort(), 500);
  };
  await assert.rejects(open().open(asking({ capabilities: silent, signal: over.signal, log })));
  assert.deepEqual(await left(), []);
});

test(
  "what Appium refuses keeps its W3C code; a driver that is not installed is a matter of setup",
  limit,
  async (t) => {
    needsChromium();
    const { open } = slot(t);
    const appium = open();
    const nowhere = { ...CHROMIUM, "goog:chromeOptions": { binary: "/no/such/browser" } };
    await assert.rejects(appium.open(asking({ capabilities: nowhere })), {
      name: "unknown error",
      message: /no chrome binary/,
    });
    await appium.close();
    const other = { ...CHROMIUM, "appium:automationName": "Nope" };
    await assert.rejects(appium.open(asking({ capabilities: other })), {
      category: "setup",
      cause: "appium_driver_missing",
    });
  },
);

test("a refusal's code and words come through as they are", async (t) => {
  const server = createServer((_request, response) => {
    response.statusCode = 500;
    response.end(JSON.stringify({ value: { error: "session not created", message: "phone is locked" } }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await assert.rejects(createSession(url, asking()), { name: "session not created", message: "phone is locked" });
});

test("an address starts its server with the first call, and ends what an attempt left behind", limit, async (t) => {
  needsChromium();
  const { address, silentDriver, running, left, servers } = slot(t);
  const appium = await address([import.meta.dirname]);
  const ask = async (path: string, body?: object) => {
    const how = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    return (await fetch(`${appium.url}${path}`, { ...how, headers: { "content-type": "application/json" } })).json();
  };
  assert.deepEqual(running(), []);
  const session = { capabilities: { alwaysMatch: CHROMIUM, firstMatch: [{}] } };
  const { value } = (await ask("/session", session)) as { value: { sessionId: string } };
  assert.ok(running().length > 3, "a browser runs");
  const [server] = servers();
  await appium.tidy();
  assert.deepEqual(
    servers().map(({ pid }) => pid),
    [server?.pid],
    "a server that ends its sessions is kept",
  );
  assert.match(JSON.stringify(await ask(`/session/${value.sessionId}/url`)), /invalid session id/);
  const silent = { ...CHROMIUM, "appium:executable": silentDriver() };
  const lost = assert.rejects(ask("/session", { capabilities: { alwaysMatch: silent, firstMatch: [{}] } }));
  while (!running().some(({ command }) => command.startsWith("sleep")) && !t.signal.aborted) await sleep(20);
  await appium.tidy();
  await lost;
  assert.deepEqual(await left(), [], "one that is still opening a session is not");
  await appium.close();
});

test("an address without Appium says what to type, as a refused session", async (t) => {
  const appium = await slot(t).address(["/"]);
  const answer = await fetch(`${appium.url}/session`, { method: "POST", body: "{}" });
  assert.equal(answer.status, 500);
  const { value } = (await answer.json()) as { value: Record<string, string> };
  assert.match(`${value.error}: ${value.message}`, /^session not created: Appium is not installed here: npm i -D/);
  await appium.close();
});

test("where Appium is not installed, the message says what to type", () => {
  assert.throws(() => findAppium(["/"], undefined), {
    category: "setup",
    cause: "appium_missing",
    message: /npm i -D appium/,
  });
  const { entry, home } = findAppium(["/", import.meta.dirname], undefined);
  assert.ok(entry.startsWith(home));
});
