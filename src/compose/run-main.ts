// `run`, from lock to result. Long and dull on purpose: order and wiring, no decisions.

import { ORPHAN_PATIENCE } from "../cleanup/cleanup.ts";
import { exitCodeOf, type StopSignal } from "../cli/exit-codes.ts";
import type { StopSource } from "../cli/stop-source.ts";
import type { Resolved } from "../config/config.ts";
import type { RuleBook } from "../core/classify.ts";
import { RepriseError } from "../core/errors.ts";
import type { EventLine, RunFinished } from "../core/events.ts";
import { DEFAULT_PLATFORM } from "../core/job.ts";
import type { FinalResult } from "../core/pass.ts";
import type { AccountSettings, RunSettings } from "../core/settings.ts";
import { openEmbeddedDispatch } from "../dispatch/embedded/embedded-dispatch.ts";
import { quickProblems } from "../doctor/doctor.ts";
import { failpoint } from "../failpoint/failpoint.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { CampaignLedger, OpenedRun } from "../ledger/ledger.ts";
import { plainAccount } from "../ledger/ledger-rules.ts";
import { Control } from "../run/control.ts";
import { recover } from "../run/recover.ts";
import { type RunPorts, runPasses } from "../run/run-passes.ts";
import { attend } from "./attend.ts";
import { withCampaignLimit } from "./campaign-limit.ts";
import { freeDeadCampaigns } from "./free-dead.ts";
import { refuseSecondLedger } from "./ledger-elsewhere.ts";
import type { Phones } from "./open-fleet.ts";
import { checkLedger } from "./open-ledger.ts";
import { phoneMinutes } from "./phone-minutes.ts";
import { refusePosterCommand } from "./poster-command.ts";
import { refused } from "./refused.ts";
import { readBook, rulesForLeft } from "./rule-books.ts";
import { saysPhones } from "./says-phones.ts";
import { openSession, type Session } from "./session.ts";
import { checkScenario, prepareSimulated } from "./simulated-copy.ts";
import { simulatedDir } from "./simulated-dir.ts";
import { leftAsTheyAre, takeFiles } from "./take-files.ts";

export type RunOptions = {
  resolved: Resolved;
  files: string[];
  stop: StopSource;
  onEvent(line: EventLine): void;
  /** Said of what follows the run, when its last event is out. */
  onWarning?(message: string): void;
};

/**
 * Runs a campaign to its result, or to a stop.
 *
 * @throws RepriseError where no run could start: conflict, preflight, usage, bad_rows
 */
export async function runMain(options: RunOptions): Promise<RunFinished> {
  const { resolved } = options;
  if (!resolved.hasPoster) throw noPoster();
  refusePosterCommand(resolved.settings.poster, process.cwd(), process.env);
  const book = await readBook(resolved.ruleFiles);
  const isSimulated = resolved.settings.poster.kind === "simulated";
  const stateDir = isSimulated ? simulatedDir(resolved.stateDir, resolved.campaign) : resolved.stateDir;
  if (isSimulated) await checkScenario(resolved);
  else await refuseSecondLedger(resolved, options.files, process.cwd());
  const prepare = isSimulated ? () => prepareSimulated(resolved, stateDir) : async () => {};
  const session = await openSession(stateDir, resolved.campaign, { ...resolved, prepare });
  const attendance = await attend(session, options).catch(async (error) => {
    await session.close();
    throw error;
  });
  const end = session.ledger.subscribe((line) => {
    attendance.event(line);
    options.onEvent(line);
  });
  try {
    return await runSession(session, options, onThisMachine(book));
  } catch (thrown) {
    const error = refused(thrown);
    attendance.brokeOff(error);
    throw error;
  } finally {
    end();
    await attendance.beforeRelease();
    await session.close();
    await attendance.close();
  }
}

function noPoster(): RepriseError {
  return new RepriseError(
    "usage",
    "no poster: say what posts with --exec CMD or --poster FILE, try it out with --simulate, or set poster.exec in the config file",
  );
}

/** What a run does beside its session; a virtual machine has its own. */
export type Surroundings = {
  book: RuleBook;
  /** Refuses a ledger that is damaged. */
  checkLedger(session: Session): Promise<void>;
  /** What is wrong with the machine; told, not refused. */
  problems(session: Session): { check: string; finding: string; remedy: string | null }[];
  /** Settles what dead runs of other campaigns left. Returns what ends it. */
  freeDead(session: Session, settings: RunSettings): () => Promise<void>;
};

const onThisMachine = (book: RuleBook): Surroundings => ({
  book,
  checkLedger: ({ stateDir }) => checkLedger(stateDir),
  problems: ({ stateDir, host }) => quickProblems(stateDir, host.clock.now()),
  freeDead: freeDeadCampaigns,
});

/** A run between lock and release: to its result, or to a stop. Rejects when the ledger can't be written. */
export async function runSession(
  session: Session,
  options: Pick<RunOptions, "resolved" | "files" | "stop">,
  around: Surroundings,
): Promise<RunFinished> {
  const { resolved, files, stop } = options;
  const { campaign } = session;
  await around.checkLedger(session);
  if (files.length > 0) await takeIn(session, resolved, { files, stop: stop.asked });
  failpoint("jobs.taken");
  const { settings } = await withCampaignLimit(resolved, campaign);
  const isSimulated = settings.poster.kind === "simulated";
  const phones = stop.asked.aborted ? null : await session.findPhones(settings);
  // who settles what this run leaves if it is killed has to judge by its rules
  const told = { ...settings, ruleFiles: resolved.ruleFiles.map(({ path }) => path) };
  const left = await rulesForLeft(campaign, resolved, around.book);
  const opened = await campaign.runs.open({ settings: told, holder: session.holder, simulated: isSimulated });
  failpoint("run.opened");
  const { result, stoppedBy } = await runPool(session, {
    settings,
    phones,
    opened,
    stop,
    around,
    left,
    isPhoneSaid: saysPhones(resolved),
  });
  const spent = await phoneMinutes(campaign);
  if (spent !== null) await campaign.runs.record({ type: "device.minutes", ...spent, phones: [...spent.phones] });
  const counts = await campaign.views.counts();
  const by = isSignal(stoppedBy) ? stoppedBy : "SIGTERM";
  failpoint("run.finishing");
  const code = exitCodeOf(result, counts, { stoppedBy: by, allowEmpty: resolved.allowEmpty });
  const finished = await campaign.runs.finish(result, code);
  failpoint("run.finished");
  return finished;
}

/** Whether a phone that nobody uses would still be on after the pause between passes: a start costs more than that. */
function outlastsDelay({ devices, passes }: RunSettings): boolean {
  return (devices.provider === "geelark" || devices.provider === "stf") && passes.delayMs < devices.idleMs;
}

async function takeIn(
  { campaign }: Session,
  resolved: Resolved,
  { files, stop }: { files: readonly string[]; stop: AbortSignal },
): Promise<void> {
  const taken = await takeFiles(campaign, files, resolved, stop).catch((error: unknown) => {
    if (!stop.aborted || error !== stop.reason) throw error;
    return null;
  });
  if (taken === null) {
    const message = "stopped while job files were read: nothing was taken in";
    return void (await campaign.runs.record({ type: "warning", code: "job_file", message }));
  }
  for (const message of [...taken.warnings, ...leftAsTheyAre(taken)])
    await campaign.runs.record({ type: "warning", code: "job_file", message });
  for (const { media, accounts } of taken.widespread) {
    const message = `${media} goes to ${accounts} accounts`;
    await campaign.runs.record({ type: "warning", code: "widespread_media", message });
  }
}

type Start = Pick<Running, "settings" | "opened" | "around" | "left"> & { hurry: AbortSignal };

/** What an earlier start left, and what this one needs to know, before the first claim. A stop is heard meanwhile. */
async function putRight(session: Session, { settings, opened, hurry, around, left }: Start): Promise<void> {
  await tellTakenOver(session);
  await session.sweep("start", opened.resumed ? ORPHAN_PATIENCE : 0, hurry);
  await session.stopLeftPhones(settings);
  failpoint("start.swept");
  await tellSetUp(session, around);
  await recoverFrom(session, left);
  failpoint("run.recovered");
  await dealOut(session, settings);
  failpoint("jobs.dealt");
}

async function tellTakenOver({ takenFrom, campaign }: Session): Promise<void> {
  if (takenFrom === null) return;
  const { pid, host, since } = takenFrom;
  const message = `taken over from pid ${pid} on ${host}, since ${since}: it writes and posts nothing any more; end it when you can`;
  await campaign.runs.record({ type: "warning", code: "taken_over", message });
}

/** Told, not refused: the run has its ledger open, so it can go on; whoever reads knows where to look. */
async function tellSetUp(session: Session, around: Surroundings): Promise<void> {
  for (const { check, finding, remedy } of around.problems(session)) {
    await session.campaign.runs.record({ type: "warning", code: "set_up", message: `${check}: ${finding}; ${remedy}` });
  }
}

/** Settles what dead starts left, and tells it. To be called when their processes are gone. */
export async function recoverFrom({ campaign, outbox, host }: Session, book: RuleBook): Promise<void> {
  const { fromOutbox, pending, unconfirmed } = await recover(campaign, outbox, host.clock, book);
  if (fromOutbox + pending + unconfirmed === 0) return;
  const message = `after a crash: ends found in the outbox ${fromOutbox}, attempts back to pending ${pending}, unconfirmed ${unconfirmed}`;
  await campaign.runs.record({ type: "warning", code: "recovered", message });
}

async function dealOut({ campaign }: Session, settings: RunSettings): Promise<void> {
  const { left, accounts } = await campaign.runs.deal(takersOf(settings));
  if (left === 0) return;
  const why =
    accounts === 0
      ? "no account was named: use --accounts, or accounts in the config or job file"
      : "their accounts have no room today";
  await campaign.runs.record({
    type: "warning",
    code: "undealt_jobs",
    message: `${left === 1 ? "1 job without account waits" : `${left} jobs without account wait`}: ${why}`,
  });
}

/** Who undealt jobs go to: `--accounts`, else the config's. */
function takersOf({ accounts, knownAccounts }: RunSettings): AccountSettings[] {
  if (accounts === null) return knownAccounts;
  return accounts.map((name) => knownAccounts.find((a) => a.name === name) ?? plainAccount(name, DEFAULT_PLATFORM));
}

type Running = {
  settings: RunSettings;
  phones: Phones | null;
  opened: OpenedRun;
  stop: StopSource;
  around: Surroundings;
  /** Judges what an earlier start left. */
  left: RuleBook;
  isPhoneSaid: boolean;
};

async function runPool(
  session: Session,
  { settings, phones, opened, stop, around, left, isPhoneSaid }: Running,
): Promise<{ result: FinalResult; stoppedBy: string | null }> {
  const { campaign, ledger, host } = session;
  const { clock, timers } = host;
  const pool = session.openPool(settings);
  const fleet = session.openFleet(settings, phones);
  const reach = await reachOf(campaign, settings, fleet);
  const dispatch = openEmbeddedDispatch({
    ledger: campaign,
    fleet,
    pool,
    settings,
    clock,
    reach,
    book: around.book,
    desk: ledger.devices,
    isPhoneSaid,
  });
  const control = new Control({ ledger, runs: campaign.runs, dispatch, settings, clock, timers });
  const endFreeing = around.freeDead(session, settings);
  stop.onStop((by, stage) => control.requestStop(by, stage));
  control.listen();
  const ports: RunPorts = {
    ledger: campaign,
    dispatch,
    clock,
    control,
    settings,
    sweep: async () => {
      if (outlastsDelay(settings)) fleet.anew();
      else await fleet.stopAll();
      await session.sweep("between", 0);
    },
    deal: async () => (await campaign.runs.deal(takersOf(settings))).dealt,
    draw: (pass) => drawOf(settings.seed, pass),
  };
  try {
    await putRight(session, { settings, opened, around, left, hurry: control.hurry });
    const result = await runPasses(ports, opened);
    return { result, stoppedBy: control.stoppedBy };
  } finally {
    control.close();
    const freed = endFreeing();
    await pool.close();
    if (await campaign.runs.reigns()) await fleet.close(); // else its phones are another's now
    await freed; // another campaign's phones may take minutes to stop: ours do not wait for them
    failpoint("pool.closed");
    await session.sweep("end", 0);
    failpoint("sweep.ended");
  }
}

/** How many phones there are that could fail alike; without phones, accounts. */
async function reachOf({ views }: CampaignLedger, { accounts }: RunSettings, { devices }: Fleet): Promise<number> {
  if (!devices.includes(null)) return devices.length;
  return accounts?.length ?? (await views.accounts()).length;
}

/** A number in [0, 1) that a seed and a pass always give alike (mulberry32). */
function drawOf(seed: number, pass: number): number {
  let t = (seed + Math.imul(pass, 0x6d2b79f5)) | 0;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

function isSignal(by: string | null): by is StopSignal {
  return by === "SIGINT" || by === "SIGTERM" || by === "SIGHUP";
}
