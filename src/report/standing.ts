// `status`: how a campaign stands, in one screen and as JSON.
import { type Counts, NO_COUNTS } from "../core/tally.ts";
import type { CauseView } from "../ledger/ledger.ts";
import { causeJson, causeTable } from "./causes.ts";
import { countLines } from "./end-block.ts";
import { harmless } from "./harmless.ts";
import type { PhoneMinutes } from "./phone-minutes.ts";
import { count, duration, moment, type Style } from "./words.ts";

/** So many causes on one screen. */
export const CAUSES_SHOWN = 10;

/** `stopping`: a stop was asked for and attempts are still ending. */
export type RunState = "idle" | "running" | "waiting" | "paused" | "stopping";

export type StandingView = {
  campaign: string;
  state: RunState;
  counts: Counts;
  /** The present or last run; `null` = none yet. */
  run: string | null;
  /** Last pass opened; 0 = none. */
  pass: number;
  maxPasses: number;
  workers: number;
  /** When the next pass starts, ms since the epoch; `null` = not waiting. */
  nextPassAt: number | null;
  /** Who runs it now; `null` = nobody. */
  holder: { pid: number; host: string } | null;
  /** Result and exit code of the last run; `null` while one is open. */
  lastResult: string | null;
  lastExitCode: number | null;
  heldAccounts: string[];
  causes: CauseView[];
  phones: StandingPhones;
};

/** Phones that cost. `minutes`: of the present or last run; `null`: it had none. `isLeft`: nobody is there who would stop it. */
type StandingPhones = {
  minutes: PhoneMinutes | null;
  on: readonly { device: string; since: number; isLeft: boolean }[];
};

/** How a campaign stands that has no ledger. */
export function emptyStanding(campaign: string): StandingView {
  return {
    campaign,
    state: "idle",
    counts: NO_COUNTS,
    run: null,
    pass: 0,
    maxPasses: 0,
    workers: 0,
    nextPassAt: null,
    holder: null,
    lastResult: null,
    lastExitCode: null,
    heldAccounts: [],
    causes: [],
    phones: { minutes: null, on: [] },
  };
}

/** How much of it waits for a person: what `needsLines` lists, each with its number; a run that was cut off is one. */
export function needsYouCount(view: StandingView): number {
  return needsOf(view, "").reduce((sum, { n }) => sum + n, 0);
}

/** The wire form (2-contract 2.3). */
export function standingJson(view: StandingView, now: number): object {
  return {
    v: 1,
    type: "status",
    ts: new Date(now).toISOString(),
    run: view.run ?? "-",
    campaign: view.campaign,
    state: view.state,
    ...view.counts,
    pass: view.pass,
    max_passes: view.maxPasses,
    workers: view.workers,
    needs_you: needsYouCount(view),
    next_pass_at: view.nextPassAt === null ? null : new Date(view.nextPassAt).toISOString(),
    holder: view.holder,
    final_result: view.lastResult,
    exit_code: view.lastExitCode,
    held_accounts: view.heldAccounts,
    causes: view.causes.map(causeJson),
    phones: phonesJson(view.phones),
  };
}

/** One screen: do I have to do anything? Then the counts and the causes. */
export function standingLines(view: StandingView, now: number, style: Style): string[] {
  return [
    `Campaign ${harmless(view.campaign)}: ${stateLine(view, now)}`,
    ...needsLines(view, style.prefix),
    ...countLines(view.counts).map((text) => `  ${text}`),
    ...phoneLines(view, now),
    ...causeLines(view, style.prefix),
  ];
}

function stateLine(view: StandingView, now: number): string {
  const where = `pass ${view.pass} of ${view.maxPasses}, ${count(view.workers, "worker")}`;
  const who = view.holder === null ? "" : ` (pid ${view.holder.pid} on ${harmless(view.holder.host)})`;
  switch (view.state) {
    case "idle":
      return view.run === null ? "idle, never run" : `idle, last run ${view.lastResult ?? "was cut off"}`;
    case "waiting":
      return view.nextPassAt === null
        ? `waiting after ${where}${who}`
        : `waiting, next pass in ${duration(Math.max(0, view.nextPassAt - now))} (${moment(view.nextPassAt)})${who}`;
    case "running":
    case "paused":
    case "stopping":
      return `${view.state}, ${where}${who}`;
  }
}

function needsLines(view: StandingView, prefix: string): string[] {
  const retries = view.counts.failed_infrastructure + view.counts.failed_unknown;
  const parts = needsOf(view, prefix).map(({ text }) => text);
  const byItself =
    retries === 0 ? "" : ` · ${retries} ${view.state === "idle" ? "for the next run" : "retry by themselves"}`;
  const [only, ...more] = parts;
  if (only === undefined) return [`Nothing needs you${byItself}`];
  if (more.length === 0) return [`Needs you: ${only}${byItself}`];
  const rest = byItself === "" ? [] : [`Without you:${byItself.replace(" ·", "")}`];
  return ["Needs you:", ...parts.map((part) => `  ${part}`), ...rest];
}

type Need = { n: number; text: string };

/** What waits for a person, and what to type. */
function needsOf(view: StandingView, prefix: string): Need[] {
  const { unconfirmed, failed_content, failed_setup, failed_account } = view.counts;
  const held = view.heldAccounts.length;
  const refused = failed_content + failed_setup;
  // an account that was released, or never held: its failed job waits for a word
  const unheld = held === 0 ? failed_account : 0;
  const left = view.phones.on.filter(({ isLeft }) => isLeft).length; // nobody uses them, and somebody pays
  const needs: Need[] = [
    { n: unconfirmed, text: `${count(unconfirmed, "post")} may be live (${prefix} jobs list --status unconfirmed)` },
    { n: held, text: `${count(held, "account")} held (${prefix} accounts list)` },
    { n: refused, text: `${count(refused, "job")} can't be posted (${prefix} jobs list --status failed)` },
    {
      n: unheld,
      text: `${count(unheld, "job")} failed for the account's sake (${prefix} jobs retry --category account)`,
    },
    { n: left, text: `${count(left, "phone")} left on, and paid for (${prefix} sweep)` },
  ];
  const unfinished = unfinishedRun(view, prefix);
  return [...needs.filter(({ n }) => n > 0), ...(unfinished === null ? [] : [{ n: 1, text: unfinished }])];
}

/** A run that did not come to its end goes on only if somebody starts it. */
function unfinishedRun(view: StandingView, prefix: string): string | null {
  if (view.state !== "idle" || view.run === null) return null;
  if (view.lastResult === null) return `the last run was cut off; ${prefix} run goes on with it`;
  if (view.lastResult === "halted") return `the last run halted: mend what it warned of, then ${prefix} run goes on`;
  return view.lastResult === "interrupted" ? `the last run was stopped; ${prefix} run goes on with it` : null;
}

/** What jobs stand with; of a run that is not over also what it met and got over. */
function causeLines(view: StandingView, prefix: string): string[] {
  const isOver = view.state === "idle" && view.lastResult !== "interrupted" && view.lastResult !== "halted";
  const shown = view.causes.filter((c) => !isOver || c.jobs + c.unconfirmed > 0);
  if (shown.length === 0) return [];
  const hidden = shown.length > CAUSES_SHOWN ? [`  ... and more: ${prefix} causes list`] : [];
  return ["Causes:", ...causeTable(shown.slice(0, CAUSES_SHOWN)).map((line) => `  ${line}`), ...hidden];
}

const SHOWN_PHONES = 5;

function phoneLines({ phones: { minutes, on } }: StandingView, now: number): string[] {
  if (minutes === null && on.length === 0) return [];
  const perPost = minutes?.per_post == null ? "" : `, ${minutes.per_post.toFixed(2)} a post`;
  const cost = minutes === null ? "" : `; ${minutes.minutes.toFixed(1)} minutes in the run${perPost}`;
  const named = on
    .slice(0, SHOWN_PHONES)
    .map((p) => `${harmless(p.device)} for ${duration(Math.max(0, now - p.since))}`);
  const more = on.length > SHOWN_PHONES ? ` and ${on.length - SHOWN_PHONES} more` : "";
  return [`  ${"Phones on:".padEnd(13)} ${on.length}${on.length === 0 ? "" : ` (${named.join(", ")}${more})`}${cost}`];
}

function phonesJson({ minutes, on }: StandingPhones): object {
  return {
    on: on.map(({ device, since, isLeft }) => ({ device, since: new Date(since).toISOString(), left: isLeft })),
    minutes: minutes?.minutes ?? null,
    minutes_per_post: minutes?.per_post ?? null,
  };
}
