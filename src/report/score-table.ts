// What `rules test` shows.
import { CATEGORIES } from "../core/failure.ts";
import type { Score, Share } from "../core/score.ts";
import { harmless } from "./harmless.ts";

export type Scored = {
  file: string;
  rulesVersion: number;
  /** How many rules of the user's came first. */
  ownRules: number;
  rows: number;
  ours: Score;
  always: Score;
  substrings: Score;
};

export type WrongRow = {
  line: number;
  message: string;
  accept: readonly string[];
  uncertain: boolean;
  judged: string;
  rule: string;
  inDoubt: boolean;
};

/** @param more.limit  wrong rows shown at most */
export function scoreLines(scored: Scored, wrong: readonly WrongRow[], more: { limit: number }): string[] {
  const { file, rulesVersion, ownRules, rows, ours, always, substrings } = scored;
  const own = ownRules === 0 ? "" : `, ${ownRules} rule${ownRules === 1 ? "" : "s"} of yours first`;
  const all = [ours, always, substrings];
  const line = (name: string, cells: readonly string[]) =>
    `  ${name.padEnd(26)}${cells.map((c) => c.padEnd(31)).join("")}`.trimEnd();
  const shares = (name: string, pick: (s: Score) => Share) =>
    line(
      name,
      all.map((s) => shareText(pick(s))),
    );
  const counts = (name: string, pick: (s: Score) => number) =>
    line(
      name,
      all.map((s) => String(pick(s))),
    );
  return [
    `${harmless(file)}: ${rows} rows, rules version ${rulesVersion}${own}`,
    line("", ["these rules", "always infrastructure", "plain substrings"]),
    shares("right", (s) => s.accepted),
    ...CATEGORIES.map((c) => shares(`recall ${c}`, (s) => s.recall[c])),
    counts("false permanent", (s) => s.falsePermanent),
    counts("false retry", (s) => s.falseRetry),
    shares("in doubt, judged so", (s) => s.inDoubt),
    counts("in doubt without cause", (s) => s.falseDoubt),
    "  Recall: of the rows with one right answer. In brackets: Wilson interval, 95 %.",
    ...wrongLines(wrong, more.limit),
  ];
}

function shareText(share: Share): string {
  if (share === null) return "no such row";
  const percent = (n: number) => (n * 100).toFixed(1);
  return `${share.right}/${share.of} ${percent(share.share)} % [${percent(share.low)}-${percent(share.high)}]`;
}

function wrongLines(wrong: readonly WrongRow[], limit: number): string[] {
  const shown = wrong.slice(0, limit).map((w) => {
    const judged = `${w.judged}${w.inDoubt ? ", in doubt" : ""} by ${harmless(w.rule)}`;
    const right = `${w.accept.join(" or ")}${w.uncertain ? ", in doubt" : ""}`;
    return `  line ${w.line}: ${judged}; right: ${right}; ${harmless(w.message.slice(0, 160))}`;
  });
  const rest = wrong.length > limit ? [`  and ${wrong.length - limit} more: -v shows all`] : [];
  return wrong.length === 0 ? [] : ["Judged wrong:", ...shown, ...rest];
}
