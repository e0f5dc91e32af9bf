// What a person wants to know when a run has ended: the counts, what needs them, and with which command.
import type { EventLine } from "../core/events.ts";
import type { Counts } from "../core/tally.ts";
import { causeTable, lineOf } from "./causes.ts";
import { harmless } from "./harmless.ts";
import type { RunView } from "./run-view.ts";
import { count, type Style } from "./words.ts";

type Finished = Extract<EventLine, { type: "run.finished" }>;

export function endBlock(
  view: RunView,
  line: Finished,
  style: Style & { exitWords: (code: number) => string },
): string[] {
  const needs = needsYou(line, view.accountsHeld, style.prefix);
  const causes = (line.causes ?? []).filter((c) => c.jobs + c.unconfirmed > 0 || !isOver(line));
  return [
    `Run ended: ${line.final_result} after ${count(line.pass_count, "pass")}, ${count(line.attempts, "attempt")}`,
    ...countLines(line).map((text) => `  ${text}`),
    ...allBefore(line),
    ...(needs.length > 0 ? ["Needs you:", ...needs.map((text) => `  ${text}`)] : []),
    ...(causes.length > 0 ? ["Causes:", ...causeTable(causes.map(lineOf)).map((text) => `  ${text}`)] : []),
    ...silentHint(view),
    `Exit code ${style.exitWords(line.exit_code)}`,
  ];
}

/** A run that had nothing to do, since all was done: that is what somebody who starts it twice wants to hear. */
function allBefore({ final_result, attempts, success, total }: Finished): string[] {
  const isAll = final_result === "no_jobs" && attempts === 0 && total > 0 && success === total;
  return isAll ? ["All of them were posted before: nothing is posted twice"] : [];
}

/** A run that was stopped or halted goes on: its jobs are between two tries. */
const isOver = ({ final_result }: Finished) => final_result !== "interrupted" && final_result !== "halted";

/** One line per count that is not zero; posted always. */
export function countLines(counts: Counts): string[] {
  const kinds = ["account", "content", "setup", "infrastructure", "unknown"] as const;
  const parts = kinds.flatMap((kind) => (counts[`failed_${kind}`] > 0 ? [`${kind} ${counts[`failed_${kind}`]}`] : []));
  const rows: [name: string, n: number, more: string][] = [
    ["Posted", counts.success, ` of ${counts.total}`],
    ["Failed", counts.failed, parts.length > 0 ? ` (${parts.join(", ")})` : ""],
    ["Unconfirmed", counts.unconfirmed, ""],
    ["Skipped", counts.skipped, " (posted before)"],
    ["Held", counts.held, ""],
    ["Deferred", counts.deferred, " (not due yet)"],
    ["Pending", counts.pending + counts.claimed, ""],
    ["Out of scope", counts.out_of_scope, " (accounts not named)"],
  ];
  return rows.flatMap(([name, n, more]) => (n > 0 || name === "Posted" ? [`${`${name}:`.padEnd(14)}${n}${more}`] : []));
}

/** What will not get better by itself, most urgent first, each with the next command. */
function needsYou(counts: Finished, heldAccounts: ReadonlySet<string>, prefix: string): string[] {
  const lines: string[] = [];
  const tell = (n: number, what: string, command: string) => {
    if (n > 0) lines.push(`${n} ${what}: ${prefix} ${command}`);
  };
  tell(
    counts.unconfirmed,
    `${counts.unconfirmed === 1 ? "post" : "posts"} may be live, look before anything else`,
    "jobs list --status unconfirmed",
  );
  tell(
    heldAccounts.size,
    `held ${heldAccounts.size === 1 ? "account" : "accounts"} (${names(heldAccounts)})`,
    "accounts list",
  );
  tell(counts.failed_account, "failed for the account's sake", "jobs list --category account");
  tell(counts.failed_content, "with media or caption that can't be posted", "jobs list --category content");
  tell(counts.failed_setup, "failed for the set-up", "jobs list --category setup");
  const left = counts.failed_infrastructure + counts.failed_unknown;
  tell(
    left,
    isOver(counts) ? (LEFT[counts.final_result] ?? "left for a new run") : "wait for the rest of this run",
    "run",
  );
  return lines;
}

/** Why jobs are left that a new run tries again. */
const LEFT: Partial<Record<Finished["final_result"], string>> = {
  max_passes_reached: "left when the last pass was over, a new run tries them again",
  retries_exhausted: "out of retries, a new run tries them again",
};

function names(accounts: ReadonlySet<string>): string {
  const all = [...accounts].map(harmless);
  return all.length > 3 ? `${all.slice(0, 3).join(", ")} and ${all.length - 3} more` : all.join(", ");
}

function silentHint(view: RunView): string[] {
  if (view.silent === 0) return [];
  return [
    `${count(view.silent, "attempt")} stayed silent, so a failure may hide a post: let the poster call "reprise ask-publish" before its tap and "reprise emit posted" after it (examples/command/README.md)`,
  ];
}
