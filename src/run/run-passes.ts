// The pass loop (3-semantics 3.2): order and I/O; what follows a pass is decided in core/pass.ts.

import { type Instant, later, type PassNo, passNo } from "../core/ids.ts";
import {
  decideAfterPass,
  type FinalResult,
  type PassFacts,
  type PassResult,
  passDelay,
  restResult,
  settlingWait,
} from "../core/pass.ts";
import type { RunSettings } from "../core/settings.ts";
import type { Dispatch } from "../dispatch/dispatch.ts";
import { failpoint } from "../failpoint/failpoint.ts";
import type { Clock } from "../host/host.ts";
import type { CampaignLedger, OpenedRun, PassWait } from "../ledger/ledger.ts";
import type { Control } from "./control.ts";

export type RunPorts = {
  ledger: CampaignLedger;
  dispatch: Dispatch;
  clock: Clock;
  control: Control;
  settings: RunSettings;
  /** Puts back phones, ports and processes between passes. */
  sweep(): Promise<void>;
  /** Deals jobs without account as far as their accounts have room. @returns how many */
  deal(): Promise<number>;
  /** A number in [0, 1), from the run's seed. */
  draw(pass: PassNo): number;
};

/** Where the loop stands. `base`: passes that belong to earlier wake-ups of `--until`. */
type State = { pass: number; base: number; isPassOpen: boolean; idlePasses: number };

type After = { next: "stop"; result: FinalResult } | { next: "again" };
const AGAIN: After = { next: "again" };

/** Runs passes until a decision, a stop or a halt ends them. */
export async function runPasses(p: RunPorts, opened: OpenedRun): Promise<FinalResult> {
  const state: State = { pass: opened.pass, base: opened.base, isPassOpen: opened.isPassOpen, idlePasses: 0 };
  if (p.control.stopAsked) return "interrupted";
  await look(p);
  if (opened.pass === 0) await p.ledger.runs.requeue(p.settings.retry); // what that look found missing
  if (opened.resumed && opened.pass > 0 && !opened.isPassOpen) {
    const after = await betweenPasses(p, state, opened);
    if (after.next === "stop") return after.result;
  }
  for (;;) {
    if (p.control.stopAsked) return "interrupted";
    const work = await p.ledger.claims.peek(p.settings, p.dispatch.devices);
    const after = work.next === "none" && !state.isPassOpen ? await atRest(p, state) : await onePass(p, state);
    if (after.next === "stop") return after.result;
  }
}

/** The last pass is closed. Its wait tells what was to follow: without one the run was about to end. */
async function betweenPasses(p: RunPorts, state: State, { wait }: OpenedRun): Promise<After> {
  if (wait !== null && wait.reason !== "until") {
    await waitForPass(p, state, wait);
  } else {
    const over = await endIfOver(p, state, wait?.until ?? null);
    if (over !== null) return over;
  }
  if (!p.control.stopAsked) await prepareNext(p);
  return AGAIN;
}

/**
 * Nothing was left to retry. What a limit held back may be due by now: its time came, or the limit was lifted.
 *
 * @param dueAt  what `--until` waited for, if it did
 * @returns `null`: it goes on
 */
async function endIfOver(p: RunPorts, state: State, dueAt: Instant | null): Promise<After | null> {
  const { until, passes } = p.settings;
  // first, so that what is still held back counts as such
  const isReady = !(await isNothingReady(p));
  const isWoken = until !== null && (isReady || (dueAt !== null && dueAt <= p.clock.now()));
  if (isWoken) await countFromHere(p, state);
  if (isWoken || (isReady && state.pass - state.base < passes.maxPasses)) return null;
  const facts = await readFacts(p, false);
  const decision = decideAfterPass(passOf(state), facts, passes);
  return decision.next === "stop" ? endUnlessDue(p, state, { ...decision, facts }) : null;
}

async function isNothingReady(p: RunPorts): Promise<boolean> {
  return (await p.ledger.claims.peek(p.settings, p.dispatch.devices)).next === "none";
}

/** The number of the present pass, as `--max-passes` counts it. */
const passOf = ({ pass, base }: State): PassNo => passNo(Math.max(1, pass - base));

async function countFromHere(p: RunPorts, state: State): Promise<void> {
  if (state.base === state.pass) return;
  state.base = state.pass;
  await p.ledger.runs.countFrom(passNo(state.pass));
}

/** One pass, to its decision and through the delay that follows it. */
async function onePass(p: RunPorts, state: State): Promise<After> {
  const { runs } = p.ledger;
  state.pass = await runs.openPass(p.settings.passes.maxPasses);
  state.isPassOpen = true;
  failpoint("pass.opened");
  const pass = passNo(state.pass);
  const { halted } = await p.dispatch.drain(pass);
  failpoint("drain.over");
  await look(p);
  const why = halted ?? p.dispatch.setupFailure;
  const facts = await readFacts(p, why !== null);
  const decision = decideAfterPass(passOf(state), facts, p.settings.passes);
  const stats = await runs.stats(pass);
  failpoint("pass.decided");
  if (decision.next === "stop") {
    if (decision.result === "interrupted") return decision;
    if (decision.result === "halted") {
      await sayHalted(p, { pass, why: why ?? "halted" });
      return decision;
    }
    await closePass(p, state, decision.result);
    return endUnlessDue(p, state, { ...decision, facts });
  }
  // a pass of uncharged attempts alone goes on under the same number
  if (stats.jobs_processed === 0 && state.idlePasses++ === 0) return AGAIN;
  state.idlePasses = 0;
  const wait = await nextStart(p, pass, facts);
  await closePass(p, state, decision.result, { until: wait.until, reason: wait.reason });
  await waitForPass(p, state, wait);
  if (!p.control.stopAsked) await prepareNext(p);
  return AGAIN;
}

async function closePass(p: RunPorts, state: State, result: PassResult, wait?: PassWait): Promise<void> {
  await p.ledger.runs.closePass(passNo(state.pass), result, wait);
  state.isPassOpen = false;
  failpoint("pass.closed");
}

/** The pass stays open: the next start goes on with it. */
async function sayHalted(p: RunPorts, { pass, why }: { pass: PassNo; why: string }): Promise<void> {
  const { runs } = p.ledger;
  await runs.record({ type: "pass.summary", pass, result: "halted", duration_ms: 0, ...(await runs.stats(pass)) });
  await runs.record({ type: "warning", code: "halted", message: why });
}

/** `from`: when it was decided, if that was a moment ago; the length told is the whole one. */
type Wait = PassWait & { from?: Instant };

async function nextStart(p: RunPorts, pass: PassNo, facts: PassFacts): Promise<Wait> {
  const from = p.clock.now();
  const delayed = later(from, passDelay(pass, p.settings.passes, p.draw(pass)));
  const settled = facts.retryable === 0 ? await settlingAt(p) : null;
  if (settled === null || settled <= delayed) return { until: delayed, reason: "delay", from };
  return { until: settled, reason: "settling", from };
}

async function waitForPass(p: RunPorts, state: State, { until, reason, from }: Wait): Promise<void> {
  const delay = Math.max(0, until - (from ?? p.clock.now()));
  await p.ledger.runs.setDelay({ until, reason });
  const text = new Date(until).toISOString();
  await p.ledger.runs.record({ type: "pass.waiting", pass: state.pass, reason, delay_ms: delay, until: text });
  failpoint("delay.set");
  await p.control.sleepUntil(until);
  failpoint("delay.over");
}

/** Between passes: put back, settle what can be settled, then requeue. */
async function prepareNext(p: RunPorts): Promise<void> {
  await p.sweep();
  failpoint("sweep.between");
  await look(p);
  await p.ledger.runs.requeue(p.settings.retry);
  failpoint("jobs.requeued");
}

/** Nothing to try: wait for what is settling or becomes due, or end. */
async function atRest(p: RunPorts, state: State): Promise<After> {
  const facts = await readFacts(p, false);
  if (facts.settling > 0 && state.pass - state.base < p.settings.passes.maxPasses) {
    await waitForPass(p, state, { until: (await settlingAt(p)) ?? p.clock.now(), reason: "settling" });
    if (!p.control.stopAsked) await prepareNext(p);
    return AGAIN;
  }
  return endUnlessDue(p, state, { result: await restOf(p, state, facts), facts });
}

/** The end of the run, unless `--until` keeps it open. Says what a later look may still settle. */
async function endUnlessDue(
  p: RunPorts,
  state: State,
  { result, facts }: { result: FinalResult; facts: PassFacts },
): Promise<After> {
  if (await waitUntilDue(p, state)) return AGAIN;
  const at = facts.settling > 0 ? await settlingAt(p) : null;
  if (at !== null) {
    const message = `${facts.settling} unconfirmed may be settled from ${new Date(at).toISOString()} on: reprise verify`;
    await p.ledger.runs.record({ type: "warning", code: "settling", message });
  }
  return { next: "stop", result };
}

async function restOf(p: RunPorts, state: State, facts: PassFacts): Promise<FinalResult> {
  const decision = decideAfterPass(passOf(state), facts, p.settings.passes);
  // what might be tried, yet not here: its phone is none of this run's
  const here = { ...facts, deferred: facts.deferred + facts.retryable };
  const result = decision.next === "stop" && facts.retryable === 0 ? decision.result : restResult(here);
  if (state.pass === 0 && result === "all_complete") return "no_jobs";
  if (state.pass === 0 && (await hasNoAccounts(p))) return "no_accounts";
  return result;
}

/** Every job that is left waits for an account that nobody named. */
async function hasNoAccounts(p: RunPorts): Promise<boolean> {
  const { jobs } = await p.ledger.views.jobs({ states: ["deferred", "pending"] }, { limit: 1, after: 0 });
  const [first] = jobs;
  return first !== undefined && first.account === null && first.wakeReason !== "daily_limit";
}

/** `--until`: keeps the run open for jobs that become due before it. */
async function waitUntilDue(p: RunPorts, state: State): Promise<boolean> {
  const limit = p.settings.until;
  if (limit === null) return false;
  const { woken, nextAt } = await wake(p);
  if (woken === 0 && (nextAt === null || nextAt > limit)) return false;
  await countFromHere(p, state);
  if (woken === 0 && nextAt !== null) {
    await waitForPass(p, state, { until: nextAt, reason: "until" });
    if (p.control.stopAsked) return true;
    await wake(p);
  }
  await prepareNext(p);
  return true;
}

/** Jobs that became due are pending; those without account find one today, or wait for the next day. */
async function wake({ ledger: { runs }, deal }: RunPorts): Promise<{ woken: number; nextAt: Instant | null }> {
  const { woken } = await runs.wake();
  const dealt = await deal();
  const { nextAt } = await runs.wake();
  return { woken: woken + dealt, nextAt };
}

async function readFacts(p: RunPorts, halted: boolean): Promise<PassFacts> {
  const facts = await p.ledger.runs.facts(p.settings.retry, verifies(p.settings));
  return { ...facts, stopAsked: p.control.stopAsked, halted };
}

/** Looks for every unconfirmed post that is worth a look now. */
async function look(p: Pick<RunPorts, "ledger" | "dispatch" | "clock" | "settings" | "control">): Promise<void> {
  if (!verifies(p.settings) || p.control.stopAsked) return;
  const now = p.clock.now();
  const due = (await p.ledger.looks.list()).filter((u) => u.lookAt === null || u.lookAt <= now);
  if (due.length > 0) await p.dispatch.look(due);
}

async function settlingAt(p: RunPorts): Promise<Instant | null> {
  const times = (await p.ledger.looks.list()).flatMap((u) => (u.lookAt === null ? [] : [u.lookAt]));
  return settlingWait(times, p.settings.passes.delayMs);
}

/** Whether anything can settle an unconfirmed post without a person. */
export function verifies({ poster }: RunSettings): boolean {
  return poster.kind !== "command" || poster.verifyExec !== null;
}
