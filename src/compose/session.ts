// What run, verify and sweep share: the campaign's lock, the ledger, the run mark, a pool of workers.

import { setTimeout as sleep } from "node:timers/promises";
import { TEMP_PREFIX as APPIUM_TEMP_PREFIX } from "../appium/local/server.ts";
import { ADB_MARK, markPrefix, type SweepReport, sweepProcesses } from "../cleanup/cleanup.ts";
import { type LockHolder, lockCampaign, shareLedger, takeOver } from "../conflict/conflict.ts";
import { RepriseError } from "../core/errors.ts";
import type { RunEvent } from "../core/events.ts";
import type { RunSettings } from "../core/settings.ts";
import { failpoint } from "../failpoint/failpoint.ts";
import type { Berth } from "../fleet/berth.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { type Host, MARK_VARIABLE } from "../host/host.ts";
import { nodeHost } from "../host/node/node-host.ts";
import { reservePort } from "../host/node/port.ts";
import { nodeTempFolders } from "../host/node/temp-folders.ts";
import type { CampaignLedger, Ledger } from "../ledger/ledger.ts";
import type { Outbox } from "../run/recover.ts";
import { dropOutbox, readOutbox } from "../workers/outbox.ts";
import { openWorkerPool } from "../workers/pool.ts";
import type { WorkerPool } from "../workers/workers.ts";
import { livingHolder } from "./living-holder.ts";
import { checkPhones, type FleetParts, openBerth, openFleet, openPhones, type Phones, stopLeft } from "./open-fleet.ts";
import { openLedger } from "./open-ledger.ts";
import { refused } from "./refused.ts";
import { putBackDeadRepairs } from "./repair-left.ts";
import { refuseFolder } from "./state-folder.ts";

/** A provider's answer and the stopping of a few phones. */
const LONGEST_SETTLING_MS = 120_000;

/** Leads to `worker-main.ts` beside this file, in whichever form it runs: source or compiled. */
const WORKER_ENTRY = new URL("../../bin/worker-main.mjs", import.meta.url);

export type SessionOptions = {
  /** A state folder on a network file system is used all the same. */
  allowNetworkFs: boolean;
  /** Taken from an orchestrator that lives and holds it. */
  takeOver: boolean;
  /** Done under the lock, before the ledger is opened. */
  prepare?(): Promise<void>;
};

/** One orchestrator's hold on one campaign. */
export type Session = {
  host: Host;
  ledger: Ledger;
  campaign: CampaignLedger;
  stateDir: string;
  holder: LockHolder;
  /** Who held the campaign and lives, frozen; `null`: it was free. */
  takenFrom: LockHolder | null;
  /** Ends orphans of earlier starts, or what is left of ours. */
  sweep(when: "start" | "between" | "end" | "command", patienceMs: number, hurry?: AbortSignal): Promise<SweepReport>;
  /** Stops phones that earlier starts left on, killed repairs among them; to be called when their processes are swept. */
  stopLeftPhones(settings: RunSettings): Promise<string[]>;
  /** Only what killed repairs left: may be called while phones of this session are in use. */
  putBackRepairs(settings: RunSettings): Promise<string[]>;
  openPool(settings: RunSettings): WorkerPool;
  /** The phones of a run. `null`: none is needed. @throws RepriseError `preflight`: none can be had, and there is work */
  findPhones(settings: RunSettings): Promise<Phones | null>;
  openFleet(settings: RunSettings, phones: Phones | null): Fleet;
  /** One phone, without the fleet's choice. */
  openBerth(settings: RunSettings, phones: Phones, id: string): Berth;
  outbox: Outbox;
  close(): Promise<void>;
};

/**
 * Takes the campaign's lock and opens its ledger.
 *
 * @throws RepriseError `conflict` names the holder; `preflight` where ledger or folder can't be used
 */
export async function openSession(stateDir: string, name: string, how: SessionOptions): Promise<Session> {
  refuseFolder(stateDir, how);
  const host = nodeHost();
  const self: LockHolder = { ...host.processes.self(), host: host.processes.host(), since: new Date().toISOString() };
  const { release, before } = await holdFor(stateDir, name, { self, takesOver: how.takeOver });
  failpoint("run.locked");
  try {
    await how.prepare?.();
    const ledger = await openLedger(stateDir, "create");
    if (ledger === null) throw new Error("a created ledger is there");
    failpoint("ledger.opened");
    const campaign = ledger.campaign(name);
    await campaign.runs.reign();
    return makeSession({ host, ledger, campaign, stateDir, self, before, release });
  } catch (error) {
    release();
    throw refused(error);
  }
}

type Locking = { self: LockHolder; takesOver: boolean };
const EXCHANGED = "the ledger is being put back by reprise restore; start again when that is done";

/** The campaign's lock, with the ledger kept in its place. @throws RepriseError `conflict` */
async function holdFor(stateDir: string, name: string, locking: Locking) {
  const letGo = preflight(() => shareLedger(stateDir));
  if (letGo === null) throw new RepriseError("conflict", EXCHANGED);
  try {
    const { lock, before } = await lockFor(stateDir, name, locking);
    const release = () => {
      lock.release();
      letGo();
    };
    return { release, before };
  } catch (error) {
    letGo();
    throw error;
  }
}

/** `before`: whom it was taken from. @throws RepriseError `conflict` */
async function lockFor(stateDir: string, name: string, { self, takesOver }: Locking) {
  const { lock, holder: before } = await lockOrHolder(stateDir, name, self);
  if (lock.ok) return { lock, before: null };
  if (!takesOver || before === null) throw conflict(name, before);
  const taken = preflight(() => takeOver(stateDir, name, { self, from: before }));
  if (!taken.ok) throw conflict(name, taken.holder);
  return { lock: taken, before };
}

/** Waits for one that only settles what a dead run of this campaign left: it may stop phones, and ends by itself. */
async function lockOrHolder(stateDir: string, name: string, self: LockHolder) {
  const end = performance.now() + LONGEST_SETTLING_MS;
  for (;;) {
    const lock = preflight(() => lockCampaign(stateDir, name, self));
    const holder = lock.ok ? null : ((await winnerOf(stateDir, name)) ?? lock.holder);
    if (holder?.settles !== true || performance.now() > end) return { lock, holder };
    await sleep(100);
  }
}

type Parts = {
  host: Host;
  ledger: Ledger;
  campaign: CampaignLedger;
  stateDir: string;
  self: LockHolder;
  before: LockHolder | null;
  release(): void;
};

function makeSession({ host, ledger, campaign, stateDir, self, before, release }: Parts): Session {
  const prefix = markPrefix(ledger.id, campaign.name);
  const mark = `${prefix}${self.pid}.${self.startTime}`;
  const workers = new Set<number>();
  const record = (event: RunEvent) => campaign.runs.record(event);
  // told for the log's sake: a ledger that can't be written is heard elsewhere
  const onEvent = (event: RunEvent) => void record(event).catch(() => undefined);
  const onWarning = (message: string) => onEvent({ type: "warning", code: "device", message });
  const putBackRepairs = (settings: RunSettings) =>
    putBackDeadRepairs({
      stateDir,
      campaign: campaign.name,
      devices: ledger.devices,
      settings,
      open: (repair) => openSession(stateDir, repair, { allowNetworkFs: true, takeOver: false }),
    });
  const fleetParts = { campaign, desk: ledger.devices, host, mark, prefix, reservePort, onWarning, onEvent };
  const phones = phonesOf(fleetParts, putBackRepairs);
  return {
    host,
    ledger,
    campaign,
    stateDir,
    holder: self,
    takenFrom: before,
    async sweep(when, patienceMs, hurry) {
      // the processes of one that took over are not ours to end
      const ours = (await campaign.runs.reigns()) ? prefix : mark;
      const staysOn = when === "between" || when === "start";
      const keepMarks = (of: string) => staysOn && of === `${mark}${ADB_MARK}`;
      const more = hurry === undefined ? { keepMarks } : { hurry, keepMarks };
      const report = await sweepProcesses({ host, prefix: ours, patienceMs, keep: workers, ...more });
      if (report.processes > 0 || when === "command") await nodeTempFolders.removeDead(APPIUM_TEMP_PREFIX);
      if (report.processes > 0 || when === "command") await record({ type: "sweep.done", when, ...report });
      return report;
    },
    openPool: (settings) =>
      openWorkerPool({
        size: slotCount(settings),
        staggerMs: settings.staggerMs,
        entry: WORKER_ENTRY,
        env: { ...process.env, [MARK_VARIABLE]: mark },
        stateDir,
        clock: host.clock,
        processes: host.processes,
        onEvent(event) {
          if (event.type === "worker.started") workers.add(event.pid);
          else workers.delete(event.pid);
          onEvent(event);
        },
      }),
    ...phones,
    putBackRepairs,
    outbox: openOutbox(stateDir, record),
    async close() {
      await ledger.close();
      release();
    },
  };
}

type PhonesOfSession = Pick<Session, "findPhones" | "openFleet" | "openBerth" | "stopLeftPhones">;

function phonesOf(parts: FleetParts, putBackRepairs: Session["putBackRepairs"]): PhonesOfSession {
  const { campaign } = parts;
  return {
    async findPhones(settings) {
      const phones = await openPhones(settings, parts);
      const { provider } = settings.devices;
      if (phones !== null && provider === "adb" && (await hasWork(campaign)))
        await checkPhones(phones, provider, parts);
      return phones;
    },
    openFleet: (settings, phones) => openFleet(settings, phones, parts),
    openBerth: (settings, phones, id) => openBerth(settings, phones, { id, ...parts }),
    async stopLeftPhones(settings) {
      const devices = [...(await stopLeft(settings, parts)), ...(await putBackRepairs(settings))];
      if (devices.length === 0) return devices;
      await campaign.runs.record({ type: "sweep.done", when: "start", processes: 0, devices, details: [] });
      return devices;
    },
  };
}

function openOutbox(stateDir: string, record: (event: RunEvent) => Promise<void>): Outbox {
  return {
    async read() {
      const entries = await readOutbox(stateDir);
      for (const e of entries) {
        if (e.kind === "damaged")
          await record({ type: "warning", code: "outbox_damaged", message: `${e.file}: ${e.why}` });
      }
      return entries.filter((e) => e.kind === "end");
    },
    drop: dropOutbox,
  };
}

/** More workers than phones would only wait. */
function slotCount({ workers, devices }: RunSettings): number {
  if (devices.provider === "simulated") return Math.min(workers, devices.count);
  if (devices.provider === "geelark" || devices.provider === "stf")
    return Math.min(workers, devices.maxPhones ?? workers, devices.phones?.length ?? workers);
  return devices.provider === "adb" ? Math.min(workers, devices.serials?.length ?? workers) : workers;
}

async function hasWork(campaign: CampaignLedger): Promise<boolean> {
  const { total, success, skipped } = await campaign.views.counts();
  return total > success + skipped;
}

function preflight<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new RepriseError("preflight", `could not write the state folder: ${text}`, { cause: error });
  }
}

/** It may still be writing its name down: until then another, dead one stands there. */
async function winnerOf(stateDir: string, name: string): Promise<LockHolder | null> {
  for (let tries = 0; tries < 50; tries++) {
    const holder = livingHolder(stateDir, name);
    if (holder !== null) return holder;
    await sleep(20);
  }
  return null;
}

function conflict(campaign: string, holder: LockHolder | null): RepriseError {
  const who =
    holder === null ? "another run" : `another run (pid ${holder.pid} on ${holder.host}, since ${holder.since})`;
  const reprise = campaign === "default" ? "reprise" : `reprise --campaign ${campaign}`;
  const message = `${who} holds campaign "${campaign}". See it: ${reprise} status. Stop it: ${reprise} stop. If it is frozen: run --take-over`;
  return new RepriseError("conflict", message, { conflicts: holder === null ? [] : [holder] });
}
