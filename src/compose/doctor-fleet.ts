// `doctor`: facts about adb, phones, Appium, SDK, browser and ports; only what the settings need, all looked at at once.
import { execFile } from "node:child_process";
import { accessSync, constants, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { checkUpAppium } from "../appium/local/appium-checkup.ts";
import { freePort } from "../appium/local/free-port.ts";
import type { AccountSettings } from "../core/settings.ts";
import { checkUpAdb } from "../devices/adb/adb-checkup.ts";
import { type Facts, findCommand, type PosterNeeds, posterNeeds } from "../doctor/doctor.ts";
import { MARK_VARIABLE } from "../host/host.ts";
import { type Listener, listenersOn } from "../host/node/listeners.ts";
import { readVariable } from "../host/node/proc.ts";

type Fleet = Facts["fleet"];
type Env = Record<string, string | undefined>;

export type FleetNeeds = {
  /** `null`: no phones on adb. */
  adb: {
    binary: string;
    port: number;
    home: string;
    isPrivate: boolean;
    /** As the settings list them, repetitions too; `null`: all that adb lists. */
    serials: readonly string[] | null;
    accountType: string | null;
    ports: { from: number; to: number; needed: number } | null;
  } | null;
  /** A module poster's file; `null`: another sort of poster. */
  posterFile: string | null;
  accounts: readonly AccountSettings[];
  /** Marks what is ours; `null`: not known. */
  ledgerId: string | null;
  cwd: string;
  env: Env;
};

/** Of a program that is asked for its version. */
const VERSION_MS = 2_500;

export async function gatherFleet(needs: FleetNeeds): Promise<Fleet> {
  const poster = needsOf(needs);
  const wantsBrowser = poster.drivers.includes("chromium");
  const wantsSdk = poster.drivers.includes("uiautomator2");
  const listeners = needs.adb === null ? [] : listenersOn(isNeededBy(needs.adb));
  const [adb, browser] = await Promise.all([
    adbOf(needs, listeners),
    wantsBrowser ? browserOf(poster, needs.env) : null,
  ]);
  return {
    adb: adb?.facts ?? null,
    phones: adb === null ? [] : adb.phones,
    strays: straysOf(needs),
    appium: poster.drivers.length === 0 ? null : appiumOf(needs, poster.drivers),
    sdk: wantsSdk ? sdkOf(needs.env) : null,
    browser,
    ports: portsOf(needs, listeners),
  };
}

function needsOf({ posterFile, adb, env }: FleetNeeds): PosterNeeds {
  if (posterFile === null) return { drivers: [], browser: null, chromedriver: null };
  return posterNeeds(readFileSync(posterFile, "utf8"), env, adb !== null);
}

type Adb = NonNullable<FleetNeeds["adb"]>;

const isNeededBy =
  ({ port, ports }: Adb) =>
  (asked: number) =>
    asked === port || (ports !== null && asked >= ports.from && asked <= ports.to);

async function adbOf({ adb, accounts, ledgerId }: FleetNeeds, listeners: readonly Listener[]) {
  if (adb === null) return null;
  const self = `${ledgerId ?? "none"}/doctor/${process.pid}`;
  const seen = await checkUpAdb({ ...adb, mark: self, freePort });
  const listener = listeners.find(({ port }) => port === adb.port);
  const facts: Fleet["adb"] = {
    binary: adb.binary,
    client: seen.client,
    port: adb.port,
    isPrivate: adb.isPrivate,
    server:
      seen.server.is === "adb"
        ? {
            is: "adb",
            protocol: seen.server.version,
            isOurs: isOurs(listener, ledgerId),
            holder: holderOf(listener),
          }
        : seen.server.is === "nobody"
          ? seen.server
          : { ...seen.server, holder: holderOf(listener) },
  };
  const times = (serial: string) => adb.serials?.filter((s) => s === serial).length ?? 1;
  const bound = (serial: string) => accounts.filter(({ device }) => device === serial).map(({ name }) => name);
  const phones = seen.phones?.map((phone) => ({ ...phone, bound: bound(phone.serial), times: times(phone.serial) }));
  return { facts, phones: phones ?? null };
}

const holderOf = (listener: Listener | undefined) =>
  listener === undefined || listener.pid === null ? null : { pid: listener.pid, command: listener.command };

/** Where no ledger is known, any server that reprise started counts as ours: better than a false alarm. */
function isOurs(listener: Listener | undefined, ledgerId: string | null): boolean {
  if (listener === undefined || listener.pid === null) return false;
  const mark = readVariable(listener.pid, MARK_VARIABLE);
  return mark !== null && (ledgerId === null || mark.startsWith(`${ledgerId}/`));
}

function straysOf({ adb, accounts }: FleetNeeds): Fleet["strays"] {
  const { serials = null } = adb ?? {};
  if (serials === null) return [];
  return accounts.flatMap(({ name, device }) =>
    device === null || serials.includes(device) ? [] : [{ account: name, device }],
  );
}

function portsOf({ adb }: FleetNeeds, listeners: readonly Listener[]): Fleet["ports"] {
  if (adb === null || adb.ports === null) return null;
  const server = listeners.find(({ port }) => port === adb.port)?.pid ?? null;
  const held = listeners
    .filter(({ port }) => port !== adb.port)
    .map((l) => ({ port: l.port, holder: holderOf(l), isAdbForward: l.pid !== null && l.pid === server }));
  return { ...adb.ports, held };
}

function appiumOf({ posterFile, cwd, env }: FleetNeeds, drivers: readonly string[]): Fleet["appium"] {
  const folders = [dirname(posterFile ?? cwd), cwd, import.meta.dirname];
  const { home, packages } = checkUpAppium(folders, env.APPIUM_HOME, drivers);
  const wanted = ownPeers();
  return {
    poster: (posterFile ?? "").split("/").at(-1) ?? "",
    node: process.version,
    home,
    packages: packages.map((one) => ({ ...one, wanted: wanted[one.name] ?? "*" })),
  };
}

/** The versions that reprise is tested with. */
function ownPeers(): Record<string, string> {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { peerDependencies: Record<string, string> }).peerDependencies;
}

function sdkOf(env: Env): Fleet["sdk"] {
  const variable = env.ANDROID_HOME ? "ANDROID_HOME" : env.ANDROID_SDK_ROOT ? "ANDROID_SDK_ROOT" : null;
  const folder = variable === null ? "" : (env[variable] ?? "");
  return {
    variable,
    folder,
    isFolder: statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true,
    hasAdb: isRunnable(join(folder, "platform-tools", "adb")),
    likely: likelySdk(env),
  };
}

function likelySdk(env: Env): string | null {
  const adb = findCommand("adb", "/", env);
  const tools = adb.kind === "found" ? dirname(realpathSync(adb.path)) : "";
  return basename(tools) === "platform-tools" ? dirname(tools) : null;
}

async function browserOf({ browser, chromedriver }: PosterNeeds, env: Env): Promise<Fleet["browser"]> {
  const found = (names: string[]) => names.map((n) => findCommand(n, "/", env)).find((f) => f.kind === "found");
  const pathOf = (named: string | null, names: [string, ...string[]]) => {
    const there = named === null ? found(names) : undefined;
    return named ?? (there?.kind === "found" ? there.path : names[0]);
  };
  const [a, b] = await Promise.all([
    programOf(pathOf(browser, ["chromium", "chromium-browser", "google-chrome", "chrome"])),
    programOf(pathOf(chromedriver, ["chromedriver"])),
  ]);
  return { browser: a, driver: b };
}

async function programOf(path: string) {
  if (!isRunnable(path)) return { path, version: null, isThere: false };
  const said = await new Promise<string>((resolve) => {
    execFile(path, ["--version"], { timeout: VERSION_MS, killSignal: "SIGKILL" }, (error, stdout) =>
      resolve(error === null ? stdout : ""),
    );
  });
  return { path, version: /\d+(?:\.\d+)+/.exec(said)?.[0] ?? null, isThere: true };
}

function isRunnable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
