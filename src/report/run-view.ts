// What a reader has to remember of a run between two events. One fold for all faces.
import type { EventLine } from "../core/events.ts";

export type RunView = {
  campaign: string;
  simulated: boolean;
  workers: number;
  pass: number;
  maxPasses: number;
  /** Jobs the present pass set out with, and attempts it has ended. */
  passTotal: number;
  passDone: number;
  /** Attempts in flight, and whether their poster has spoken. */
  running: ReadonlyMap<string, { spoke: boolean }>;
  /** Attempts that posted, or may have, without a word of the protocol. */
  silent: number;
  accountsHeld: ReadonlySet<string>;
  /** ISO time; `null` = no pause. */
  waitingUntil: string | null;
};

export const NO_RUN: RunView = {
  campaign: "default",
  simulated: false,
  workers: 0,
  pass: 0,
  maxPasses: 0,
  passTotal: 0,
  passDone: 0,
  running: new Map(),
  silent: 0,
  accountsHeld: new Set(),
  waitingUntil: null,
};

/** The view after one more event. Total; an event it does not know changes nothing. */
export function fold(view: RunView, line: EventLine): RunView {
  switch (line.type) {
    case "run.started":
    case "run.resumed": {
      const pass = line.type === "run.resumed" ? line.pass : 0;
      return { ...NO_RUN, campaign: line.campaign, simulated: line.simulated, workers: line.workers, pass };
    }
    case "pass.started":
      return {
        ...view,
        pass: line.pass,
        maxPasses: line.max_passes,
        passTotal: line.total_jobs,
        passDone: 0,
        waitingUntil: null,
      };
    case "pass.waiting":
      return { ...view, waitingUntil: line.until };
    case "attempt.started":
      return { ...view, running: new Map(view.running).set(line.attempt, { spoke: false }) };
    case "attempt.step":
    case "attempt.publishing":
      return { ...view, running: new Map(view.running).set(line.attempt, { spoke: true }) };
    case "attempt.finished":
      return foldFinished(view, line);
    case "account.held":
      return { ...view, accountsHeld: new Set(view.accountsHeld).add(line.account) };
    case "account.released": {
      const accountsHeld = new Set(view.accountsHeld);
      accountsHeld.delete(line.account);
      return { ...view, accountsHeld };
    }
    default:
      return view;
  }
}

function foldFinished(view: RunView, line: Extract<EventLine, { type: "attempt.finished" }>): RunView {
  const running = new Map(view.running);
  const attempt = running.get(line.attempt);
  running.delete(line.attempt);
  const mayBeOut = line.outcome === "posted" || line.outcome === "unconfirmed";
  const isSilent = attempt !== undefined && !attempt.spoke && mayBeOut && !view.simulated;
  const isDone = line.outcome !== "cancelled" && line.outcome !== "late";
  return { ...view, running, passDone: view.passDone + (isDone ? 1 : 0), silent: view.silent + (isSilent ? 1 : 0) };
}
