// `doctor`: gathers the facts. Starts nothing, changes nothing.
import { readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { starterOf } from "../cleanup/cleanup.ts";
import type { Resolved } from "../config/config.ts";
import { readHolder } from "../conflict/conflict.ts";
import type { AdbPhones } from "../core/settings.ts";
import { diagnose, type Facts, type Finding, probeClock, probeFolder, probeMedia } from "../doctor/doctor.ts";
import { nodeProcesses } from "../host/node/node-host.ts";
import { type CampaignLedger, type Ledger, LedgerError } from "../ledger/ledger.ts";
import { readOutbox } from "../workers/outbox.ts";
import { type FleetNeeds, gatherFleet } from "./doctor-fleet.ts";
import { gatherProvider } from "./doctor-provider.ts";
import { livingHolder } from "./living-holder.ts";
import { adbPortOf } from "./open-fleet.ts";
import { ledgerFile, openLedger } from "./open-ledger.ts";
import { lookUpPoster } from "./poster-command.ts";

const PAGE = 1_000;
const HELD = 1_000;

export type Checkup = {
  resolved: Resolved;
  /** Why flags, environment or config file were refused; the rest goes by defaults then. */
  configError: string | null;
  /** Reads the whole ledger. */
  isThorough: boolean;
  cwd: string;
  env: Record<string, string | undefined>;
};

export async function doctorMain(checkup: Checkup): Promise<Finding[]> {
  return diagnose(await gather(checkup));
}

async function gather(checkup: Checkup): Promise<Facts> {
  const { resolved, configError, isThorough, cwd, env } = checkup;
  const { stateDir, campaign } = resolved;
  const ledger = await lookAtLedger(stateDir, isThorough);
  const isSound = ledger.kind === "usable" && ledger.faults.length === 0;
  const { devices, knownAccounts: accounts } = resolved.settings;
  const far = devices.provider === "geelark" || devices.provider === "stf" ? devices : null;
  const [clock, fleet, rest, provider] = await Promise.all([
    probeClock(resolved.settings.limits.timezone, env.TZ),
    fleetNeeds(checkup).then(gatherFleet),
    inside(stateDir, campaign, isSound),
    far === null ? null : gatherProvider({ far, accounts, env, stateDir, isSound }),
  ]);
  return {
    node: process.version,
    platform: process.platform,
    config: { file: resolved.configFile, error: configError },
    folder: probeFolder(stateDir),
    clock,
    ledger,
    poster: posterOf(resolved, cwd, env),
    fleet,
    provider,
    ...rest,
  };
}

async function fleetNeeds({ resolved: { settings, hasPoster }, cwd, env }: Checkup): Promise<FleetNeeds> {
  const { poster, knownAccounts, devices, workers } = settings;
  const posterFile = hasPoster && poster.kind === "module" ? poster.file : null;
  const adb = devices.provider === "adb" ? await adbNeeds(devices, workers, env) : null;
  return { adb, posterFile, accounts: knownAccounts, ledgerId: null, cwd, env };
}

async function adbNeeds(phones: AdbPhones, workers: number, env: Checkup["env"]): Promise<FleetNeeds["adb"]> {
  const { binary, isPrivate, serials, accountType, systemPorts } = phones;
  return {
    binary,
    port: await adbPortOf(phones),
    home: env.HOME ?? homedir(),
    isPrivate,
    serials,
    accountType,
    ports: { ...systemPorts, needed: Math.min(workers, serials?.length ?? workers) },
  };
}

async function lookAtLedger(stateDir: string, isThorough: boolean): Promise<Facts["ledger"]> {
  const { inspectLedger } = await import("../ledger/sqlite/inspect.ts");
  try {
    const found = inspectLedger(ledgerFile(stateDir), isThorough ? "all" : "pages");
    return found === null ? { kind: "none" } : { kind: "usable", isThorough, ...found };
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    return { kind: "unusable", why: error.message };
  }
}

function posterOf({ settings: { poster }, hasPoster }: Resolved, cwd: string, env: Checkup["env"]): Facts["poster"] {
  if (!hasPoster) return { kind: "none" };
  if (poster.kind === "simulated") return { kind: "simulated" };
  if (poster.kind === "module") return { kind: "module", file: poster.file };
  return { kind: "command", commands: lookUpPoster(poster, cwd, env) };
}

type Inside = Pick<Facts, "media" | "lock" | "leftovers" | "heldAccounts">;

/** What only a sound ledger can tell; of a damaged one nothing is read. */
async function inside(stateDir: string, name: string, isSound: boolean): Promise<Inside> {
  const ledger = isSound ? await openLedger(stateDir, "existing") : null;
  try {
    const campaign = ledger?.campaign(name) ?? null;
    return {
      media: await probeMedia(openMedia(campaign)),
      lock: await lockOf(stateDir, name, campaign),
      leftovers: await leftoversOf(stateDir, ledger),
      heldAccounts: (await ledger?.accounts.held(HELD)) ?? [],
    };
  } finally {
    await ledger?.close();
  }
}

async function* openMedia(campaign: CampaignLedger | null): AsyncGenerator<string> {
  if (campaign === null) return;
  for (let after: number | null = 0; after !== null; ) {
    const page: Awaited<ReturnType<CampaignLedger["views"]["open"]>> = await campaign.views.open({
      limit: PAGE,
      after,
    });
    for (const job of page.jobs) yield job.media;
    after = page.next;
  }
}

async function lockOf(stateDir: string, name: string, campaign: CampaignLedger | null): Promise<Facts["lock"]> {
  const run = (await campaign?.views.run()) ?? null;
  const last = readHolder(stateDir, name);
  const isAlive = livingHolder(stateDir, name) !== null;
  return {
    holder: last === null ? null : { pid: last.pid, host: last.host, since: last.since, isAlive },
    unfinished: run?.isOpen === true && !isAlive ? { run: run.run, pass: run.pass } : null,
  };
}

async function leftoversOf(stateDir: string, ledger: Ledger | null): Promise<Facts["leftovers"]> {
  const marked = ledger === null ? [] : nodeProcesses.marked(`${ledger.id}/`);
  const outbox = await readOutbox(stateDir);
  return {
    processes: marked.filter((p) => !isOwnerAlive(p.mark, p.bootId)).map(({ pid, command }) => ({ pid, command })),
    outbox: {
      whole: outbox.filter((e) => e.kind === "end").length,
      damaged: outbox.flatMap((e) => (e.kind === "damaged" ? [e.file] : [])),
    },
    trays: namesIn(join(stateDir, "tmp")).filter((name) => isDeadTray(name)).length,
  };
}

function isOwnerAlive(mark: string, bootId: string): boolean {
  const starter = starterOf(mark);
  return starter !== null && nodeProcesses.isAlive({ ...starter, bootId });
}

function isDeadTray(name: string): boolean {
  const pid = /^tray-(\d+)-/.exec(name)?.[1];
  if (pid === undefined) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "EPERM";
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // not there
  }
}
