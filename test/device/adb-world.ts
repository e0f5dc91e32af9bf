// A world for one test: simulated phones in processes of their own, and a real adb server on a port and home of its own.
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { freePort } from "../../src/appium/local/free-port.ts";
import { AdbDevices, type AdbDevicesOptions } from "../../src/devices/adb/adb-devices.ts";
import { type PhoneProcess, startPhone } from "../../src/sim/phone/phone-process.ts";

export type AdbEnd = { exit: number | string; text: string; ms: number };
export type AdbWorld = {
  folder: string;
  port: number;
  phones: [PhoneProcess, ...PhoneProcess[]];
  /** File of the posts that all phones made. */
  witness: string;
  environment: Record<string, string>;
  /** The adb program itself, as anybody would call it. */
  adb(...args: string[]): Promise<AdbEnd>;
  /** Our provider over these phones. */
  devices(options?: Partial<AdbDevicesOptions>): AdbDevices;
};

/** These tests prove nothing without adb, so they fail. */
export function requireAdb(): void {
  try {
    execFileSync("adb", ["version"], { stdio: "ignore" });
  } catch {
    throw new Error("adb is missing: run scripts/system-packages.sh");
  }
}

export type AdbBeside = Pick<AdbWorld, "folder" | "port" | "witness" | "environment" | "adb"> & {
  /** Of a provider over this server that is private to it. */
  options: AdbDevicesOptions;
};

/** A real adb server of the test's own, not started yet. */
export async function adbBeside(t: TestContext): Promise<AdbBeside> {
  requireAdb();
  const folder = mkdtempSync(join(tmpdir(), "reprise-adb-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const port = await freePort();
  const environment = { PATH: process.env.PATH ?? "", HOME: folder, ANDROID_ADB_SERVER_PORT: String(port) };
  const adb = (...args: string[]) => runAdb(args, environment);
  t.after(() => adb("kill-server"));
  const options: AdbDevicesOptions = {
    binary: "adb",
    port,
    home: folder,
    mark: null,
    serials: null,
    isPrivate: true,
    forwardPorts: { from: 8200, to: 8299 },
    deadlines: { command: 2000, connect: 12_000, push: 20_000, ready: 4000 },
    processes: null,
    accountsOn: null,
    accountType: null,
  };
  return { folder, port, witness: join(folder, "posts.jsonl"), environment, adb, options };
}

export async function adbWorld(t: TestContext, accounts: [string, ...string[]] = ["anna"]): Promise<AdbWorld> {
  const { options: plain, ...beside } = await adbBeside(t);
  const { witness } = beside;
  const phones = await Promise.all(accounts.map((account, n) => startPhone({ id: `SIM${n + 1}`, account, witness })));
  t.after(() => Promise.all(phones.map((phone) => phone.end())));
  const [first, ...rest] = phones;
  if (first === undefined) throw new Error("a world has a phone");
  return {
    ...beside,
    phones: [first, ...rest],
    devices: (options = {}) =>
      new AdbDevices({
        ...plain,
        serials: phones.map(({ serial }) => serial),
        deadlines: { command: 3000, connect: 12_000, push: 20_000, ready: 8000 },
        ...options,
      }),
  };
}

function runAdb(args: string[], env: Record<string, string>): Promise<AdbEnd> {
  const began = performance.now();
  return new Promise((resolve) => {
    execFile("adb", args, { env, timeout: 20_000, killSignal: "SIGKILL" }, (error, stdout, stderr) => {
      const exit = error === null ? 0 : (error.code ?? error.signal ?? "?");
      resolve({ exit, text: `${stdout}${stderr}`, ms: performance.now() - began });
    });
  });
}

export { freePort } from "../../src/appium/local/free-port.ts";

/** Looks until it holds, or fails saying what was waited for. The time only tells a hang. */
export async function until(what: string, holds: () => Promise<boolean> | boolean, ms = 60_000): Promise<void> {
  const end = performance.now() + ms;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited ${ms} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
