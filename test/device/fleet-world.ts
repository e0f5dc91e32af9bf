// The real command with `--devices adb`, the real adb and Appium, and simulated phones: what a run is given, and what it leaves.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { readPosts } from "../../src/sim/phone/app/witness.ts";
import { type Ended, type JobRow, type Running, World } from "../e2e/world.ts";
import { type AdbWorld, adbWorld } from "./adb-world.ts";

export const POSTER = fileURLToPath(new URL("../../examples/android/poster.ts", import.meta.url));
export const PLATFORM = "sim-poster";

export type FleetWorld = World & {
  phones: AdbWorld;
  /** Writes the config file anew: with these lines under `devices:`, or without them. */
  configure(devices?: string): void;
};

export type FleetMore = {
  accounts?: [string, ...string[]];
  /** More lines under `devices:`. */
  devices?: string;
  /** Whether each account is bound to the phone that it is logged in on. */
  isBound?: boolean;
  /** A server of the run's own, instead of one that was there before. */
  isPrivate?: boolean;
};

/** Jobs `j1`, `j2`, ... dealt to the accounts in turn. */
export const rows = (n: number, accounts: readonly string[]): JobRow[] =>
  Array.from({ length: n }, (_, i) => ({
    id: `j${i + 1}`,
    account: accounts[i % accounts.length] ?? "anna",
    platform: PLATFORM,
    caption: `no. ${i + 1} 🎈`,
  }));

/** As the example's README has it. */
const KIND = "  account_type: com.sim.poster\n";

export async function fleetWorld(t: TestContext, jobs: readonly JobRow[], more: FleetMore = {}) {
  const { accounts = ["anna"], devices = "", isBound = true, isPrivate = false } = more;
  const phones = await adbWorld(t, accounts);
  const world = new World(t, jobs);
  const serials = phones.phones.map(({ serial }) => serial);
  const bind = (name: string, n: number) =>
    `  - {name: ${name}, platform: ${PLATFORM}${isBound ? `, device: "${serials[n]}"` : ""}}`;
  const configure = (lines = devices) => {
    const port = lines.includes("adb_port") ? "" : `  adb_port: ${phones.port}\n`;
    const head = `  provider: adb\n  serials: ${JSON.stringify(serials)}\n  private: ${isPrivate}\n  ready: 60s\n`;
    const names = accounts.map(bind).join("\n");
    world.write(
      "reprise.config.yaml",
      `devices:\n${head}${lines.includes("account_type") ? "" : KIND}${port}${lines}\naccounts:\n${names}\n`,
    );
  };
  configure();
  if (!isPrivate) await phones.adb("start-server");
  return Object.assign(world, { phones, configure });
}

/** Two workers, no delay, no settling time to speak of, no daily limit. */
export const QUICK = "--workers 2 --retry-delay 1 --settle 1 --daily-limit 0 --attempt-timeout 150".split(" ");
export const ENV = { ANDROID_HOME: "/usr/lib/android-sdk", SIMULATED_PHONE: "1" };

export function starts(w: FleetWorld, ...args: string[]): Running {
  const poster = args.includes("--exec") ? [] : ["--poster", POSTER];
  const all = ["run", "jobs.jsonl", "--json", ...poster, ...QUICK, ...args];
  return w.start(all, { env: ENV, longestMs: 300_000 });
}
export const go = (w: FleetWorld, ...args: string[]): Promise<Ended> => starts(w, ...args).end;

export const posts = (w: FleetWorld) => readPosts(w.phones.witness);
/** Captions, which tell the job, in the order of posting: one entry a post. */
export const posted = (w: FleetWorld): string[] => posts(w).map(({ caption }) => caption);
export const sha = (w: FleetWorld, job: string): string =>
  createHash("sha256")
    .update(readFileSync(join(w.dir, `${job}.mp4`)))
    .digest("hex");

/** Forwards that stand in the adb server. */
export async function forwards(w: FleetWorld): Promise<string[]> {
  const { text } = await w.phones.adb("forward", "--list");
  return text.split("\n").filter((line) => line.includes("tcp:"));
}

/** Phones that the adb server is connected to. */
export async function connected(w: FleetWorld): Promise<string[]> {
  const { text } = await w.phones.adb("devices");
  return text.split("\n").flatMap((line) => /^(\S+)\s+(device|offline)/.exec(line)?.[1] ?? []);
}
