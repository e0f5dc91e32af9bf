// What run, verify and sweep share: the campaign's lock, the ledger, the run mark, a pool of workers.

import { setTimeout as sleep } from "node:timers/promises";
import { markPrefix, type SweepReport, sweepProcesses } from "../cleanup/cleanup.ts";
import { type LockHolder, lockCampaign } from "../conflict/conflict.ts";
import { RepriseError } from "../core/errors.ts";
import type { RunEvent } from "../core/events.ts";
import type { RunSettings } from "../core/settings.ts";
import { failpoint } from "../failpoint/failpoint.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { type Host, MARK_VARIABLE } from "../host/host.ts";
import { nodeHost } from "../host/node/node-host.ts";
import { type CampaignLedger, type Ledger, LedgerError } from "../ledger/ledger.ts";
import type { Outbox } from "../run/recover.ts";
import { dropOutbox, readOutbox } from "../workers/outbox.ts";
import { openWorkerPool } from "../workers/pool.ts";
import type { WorkerPool } from "../workers/workers.ts";
import { livingHolder } from "./living-holder.ts";
import { openFleet, stopLeft } from "./open-fleet.ts";
import { openLedger } from "./open-ledger.ts";

/** Leads to `worker-main.ts` beside this file, in whichever form it runs: source or compiled. */
const WORKER_ENTRY = new URL("../../bin/worker-main.mjs", import.meta.url);

/** One orchestrator's hold on one campaign. */
export type Session = {
  host: Host;
  ledger: Ledger;
  campaign: CampaignLedger;
  stateDir: string;
  holder: LockHolder;
  /** Ends orphans of earlier starts, or what is left of ours. */
  sweep(when: "start" | "between" | "end" | "command", patienceMs: number): Promise<SweepReport>;
  /** Stops phones that earlier starts left on; to be called when their processes are swept. */
  stopLeftPhones(settings: RunSettings): Promise<void>;
  openPool(settings: RunSettings): WorkerPool;
  openFleet(settings: RunSettings): Fleet;
  outbox: Outbox;
  close(): Promise<void>;
};

/**
 * Takes the campaign's lock and opens its ledger.
 *
 * @throws RepriseError `conflict` names the holder; `preflight` where ledger or folder can't be used
 */
export async function openSession(stateDir: string, name: string): Promise<Session> {
  const host = nodeHost();
  const self: LockHolder = { ...host.processes.self(), host: host.processes.host(), since: new Date().toISOString() };
  const lock = preflight(() => lockCampaign(stateDir, name, self));
  if (!lock.ok) throw conflict(name, (await winnerOf(stateDir, name)) ?? lock.holder);
  failpoint("run.locked");
  try {
    const ledger = await openLedger(stateDir, "create");
    if (ledger === null) throw new Error("a created ledger is there");
    failpoint("ledger.opened");
    return makeSession({ host, ledger, campaign: ledger.campaign(name), stateDir, self, release: lock.release });
  } catch (error) {
    lock.release();
    throw error instanceof LedgerError ? new RepriseError("preflight", error.message, { cause: error }) : error;
  }
}

type Parts = {
  host: Host;
  ledger: Ledger;
  campaign: CampaignLedger;
  stateDir: string;
  self: LockHolder;
  release(): void;
};

function makeSession({ host, ledger, campaign, stateDir, self, release }: Parts): Session {
  const prefix = markPrefix(ledger.id, campaign.name);
  const mark = `${prefix}${self.pid}.${self.startTime}`;
  const workers = new Set<number>();
  const record = (event: RunEvent) => campaign.runs.record(event);
  const fleetParts = {
    campaign,
    clock: host.clock,
    mark,
    onWarning(message: string) {
      record({ type: "warning", code: "device", message }).catch(() => undefined);
    },
  };
  return {
    host,
    ledger,
    campaign,
    stateDir,
    holder: self,
    async sweep(when, patienceMs) {
      const report = await sweepProcesses({ host, prefix, patienceMs, keep: workers });
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
          // told for the log's sake: a ledger that can't be written is heard elsewhere
          record(event).catch(() => undefined);
        },
      }),
    openFleet: (settings) => openFleet(settings, fleetParts),
    async stopLeftPhones(settings) {
      const stopped = await stopLeft(settings, fleetParts);
      if (stopped.length > 0)
        await record({ type: "sweep.done", when: "start", processes: 0, devices: stopped, details: [] });
    },
    outbox: openOutbox(stateDir, record),
    async close() {
      await ledger.close();
      release();
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

function slotCount({ workers, devices }: RunSettings): number {
  return devices.provider === "simulated" ? Math.min(workers, devices.count) : workers;
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
  const message = `${who} holds campaign "${campaign}". See it: reprise status. Stop it: reprise stop`;
  return new RepriseError("conflict", message, { conflicts: holder === null ? [] : [holder] });
}
