// One start of a campaign on a virtual machine: the real core, run loop, dispatch and recovery; time, workers and phones are played.
import { markPrefix, sweepProcesses } from "../cleanup/cleanup.ts";
import { abortStops } from "../cli/stop-source.ts";
import type { Resolved } from "../config/config.ts";
import { OWN_RULES, type RuleBook } from "../core/classify.ts";
import type { RunEvent, RunFinished } from "../core/events.ts";
import type { RunSettings } from "../core/settings.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Outbox } from "../run/recover.ts";
import { callSeenBy, ledgerSeenBy } from "../virtual/ledger.ts";
import { Life } from "../virtual/life.ts";
import { openVirtualPool } from "../virtual/slot.ts";
import type { WorkerWorld } from "../virtual/world.ts";
import { type FleetParts, openBerth, openFleet, openPhones, type Phones, stopLeft } from "./open-fleet.ts";
import { runSession, type Surroundings } from "./run-main.ts";
import type { Session } from "./session.ts";
import { verifySession } from "./verify-main.ts";

type By = "SIGINT" | "SIGTERM" | "SIGHUP";

export type VirtualStart = {
  life: Life;
  holder: Session["holder"];
  /** Resolves with the run's last event; rejects as `runMain` does. Never settles when it is killed. */
  finished: Promise<RunFinished>;
  stop(by: By, stage: 1 | 2): void;
};

export type VirtualPlan = {
  world: WorkerWorld;
  /** A handle of this start's own. */
  ledger: Ledger;
  campaign: string;
  settings: RunSettings;
  /** What judges failures; by default ours alone. */
  book?: RuleBook;
  /** Whom the campaign is taken from, as `--take-over` does: one that lives. */
  takenFrom?: Session["holder"];
};

/** Nothing of a virtual machine is wrong but what fate says, and each campaign settles its own dead. */
const AROUND: Surroundings = {
  book: OWN_RULES,
  checkLedger: async () => {},
  problems: () => [],
  freeDead: () => async () => {},
};

/** Starts `reprise run`. `born`: told of its process before it does anything. */
export function startVirtually(plan: VirtualPlan, born: (life: Life) => void = () => {}): VirtualStart {
  const { life, session } = openVirtualSession(plan);
  born(life);
  const listeners: ((by: By, stage: 1 | 2) => void)[] = [];
  const asked: [By, 1 | 2][] = [];
  const stop = {
    asked: new AbortController().signal,
    onStop(listener: (by: By, stage: 1 | 2) => void) {
      listeners.push(listener);
      for (const [by, stage] of asked) listener(by, stage);
    },
  };
  const around = { ...AROUND, book: plan.book ?? OWN_RULES };
  const finished = session.campaign.runs
    .reign()
    .then(() => runSession(session, { resolved: resolvedOf(plan), files: [], stop }, around));
  return {
    life,
    holder: session.holder,
    finished: ended(session, finished),
    stop(by, stage) {
      asked.push([by, stage]);
      for (const listener of listeners) life.wake(() => listener(by, stage));
    },
  };
}

/** Starts `reprise verify`. */
export function verifyVirtually(plan: VirtualPlan): { life: Life; finished: Promise<unknown> } {
  const { life, session } = openVirtualSession(plan);
  const options = { resolved: resolvedOf(plan), jobs: [], stop: abortStops(undefined), book: plan.book ?? OWN_RULES };
  return { life, finished: ended(session, verifySession(session, options)) };
}

/** As the process of a dead campaign's neighbour settles what it left. */
export function openVirtualSession({ world, ledger, campaign: name, takenFrom }: VirtualPlan): {
  life: Life;
  session: Session;
} {
  const { machine, fate } = world;
  const life = new Life(machine.timeline);
  const view = { life, fate, timeline: machine.timeline };
  const prefix = markPrefix(ledger.id, name);
  const self = machine.begin(life, { mark: "", command: `reprise run --campaign ${name}` });
  const host = machine.hostOf(life, self);
  const mark = `${prefix}${self.pid}.${self.startTime}`;
  const seen = ledgerSeenBy(ledger, view);
  const campaign = seen.campaign(name);
  const record = (event: RunEvent) => campaign.runs.record(event);
  const workers = new Set<number>();
  const fleetParts = {
    campaign,
    desk: seen.devices,
    host,
    mark,
    prefix,
    reservePort: async () => () => {},
    onWarning: () => {},
    onEvent: () => {},
  };
  const session: Session = {
    host,
    ledger: seen,
    campaign,
    stateDir: "",
    holder: { ...self, host: "virtual", since: new Date(machine.wall).toISOString() },
    takenFrom: takenFrom ?? null,
    async sweep(when, patienceMs, hurry) {
      const ours = (await campaign.runs.reigns()) ? prefix : mark;
      const more = hurry === undefined ? {} : { hurry };
      const report = await sweepProcesses({ host, prefix: ours, patienceMs, keep: workers, ...more });
      if (report.processes > 0 || when === "command") await record({ type: "sweep.done", when, ...report });
      return report;
    },
    openPool: (settings) =>
      openVirtualPool({
        world,
        life,
        mark,
        size: sizeOf(settings),
        onEvent(event) {
          if (event.type === "worker.started") workers.add(event.pid);
          else workers.delete(event.pid);
          record(event).catch(() => undefined); // told for the log's sake
        },
      }),
    ...phonesSeenBy(fleetParts, record),
    outbox: virtualOutbox(world, view),
    close: () => machine.timeline.hold(ledger.close()),
  };
  return { life, session };
}

/** There are no repairs in virtual time. */
function phonesSeenBy(parts: FleetParts, record: (event: RunEvent) => Promise<void>) {
  return {
    findPhones: (settings: RunSettings) => openPhones(settings, parts),
    openFleet: (settings: RunSettings, phones: Phones | null) => openFleet(settings, phones, parts),
    openBerth: (settings: RunSettings, phones: Phones, id: string) => openBerth(settings, phones, { id, ...parts }),
    putBackRepairs: async () => [],
    async stopLeftPhones(settings: RunSettings) {
      const devices = await stopLeft(settings, parts);
      if (devices.length > 0) await record({ type: "sweep.done", when: "start", processes: 0, devices, details: [] });
      return devices;
    },
  };
}

/** Its process ends with it. */
async function ended<T>(session: Session, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } finally {
    await session.close();
    session.host.processes.kill(session.holder, "SIGKILL");
  }
}

function virtualOutbox({ machine }: WorkerWorld, view: Parameters<typeof callSeenBy>[1]): Outbox {
  return {
    read: () => callSeenBy({ method: "outbox.read", args: [], work: async () => [...machine.outbox] }, view),
    drop(file) {
      const work = async () => {
        const at = machine.outbox.findIndex((left) => left.file === file);
        if (at >= 0) machine.outbox.splice(at, 1);
      };
      return callSeenBy({ method: "outbox.drop", args: [file], work }, view);
    },
  };
}

const sizeOf = ({ workers, devices }: RunSettings) =>
  devices.provider === "simulated" ? Math.min(workers, devices.count) : workers;

/** What a command line would have come to. The daily limit was said. */
function resolvedOf({ campaign, settings }: VirtualPlan): Resolved {
  return {
    stateDir: "",
    configFile: null,
    campaign,
    settings,
    hasPoster: true,
    checker: null,
    skipBad: false,
    allowEmpty: false,
    ruleFiles: [],
    allowNetworkFs: false,
    takeOver: false,
    mediaMap: [],
    renderer: "silent",
    verbose: false,
    quiet: false,
    yes: true,
    noInput: true,
    color: false,
    stateFile: null,
    dryRun: false,
    onFinish: null,
    origins: [{ key: "limits.daily", value: String(settings.limits.daily), from: "flag", where: "" }],
  };
}
