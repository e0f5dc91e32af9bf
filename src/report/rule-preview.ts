// What `rules preview` gathers and shows.
import type { Verdict } from "../core/classify.ts";
import { userRuleId } from "../core/user-rule.ts";
import type { PastFailure } from "../ledger/ledger.ts";
import { harmless } from "./harmless.ts";

type Change = { from: string; to: string; rule: string; failures: number; unconfirmed: number; examples: Example[] };
type Example = { job: string; account: string; message: string };

export type Preview = {
  failures: number;
  /** By what they were judged as, what they would be, and the rule. */
  changes: Map<string, Change>;
  /** How many failures each rule fits, changed or not. */
  fits: Map<string, number>;
};

const EXAMPLES = 3;

export function emptyPreview(ruleIds: readonly string[]): Preview {
  return { failures: 0, changes: new Map(), fits: new Map(ruleIds.map((id) => [userRuleId(id), 0])) };
}

/** Counts one past failure and how it would be judged. What changes by other rules than the user's is not counted. */
export function addPast(seen: Preview, { job, account, phase, failure }: PastFailure, verdict: Verdict): void {
  seen.failures++;
  const fits = seen.fits.get(verdict.rule);
  if (fits === undefined) return;
  seen.fits.set(verdict.rule, fits + 1);
  const [from, to] = [`${failure.category}/${failure.cause}`, `${verdict.category}/${verdict.cause}`];
  if (from === to) return;
  const key = `${from} ${to} ${verdict.rule}`;
  const change = seen.changes.get(key) ?? { from, to, rule: verdict.rule, failures: 0, unconfirmed: 0, examples: [] };
  change.failures++;
  if (phase === "unconfirmed") change.unconfirmed++;
  if (change.examples.length < EXAMPLES) change.examples.push({ job, account, message: failure.evidence.message });
  seen.changes.set(key, change);
}

const byFailures = ({ changes }: Preview) => [...changes.values()].sort((a, b) => b.failures - a.failures);

export function previewFields(seen: Preview): object {
  const changes = byFailures(seen).map((c) => ({
    ...c,
    examples: c.examples.map((e) => ({ ...e, message: e.message.slice(0, 500) })),
  }));
  return {
    failures: seen.failures,
    changed: changes.reduce((sum, c) => sum + c.failures, 0),
    changes,
    fits: Object.fromEntries(seen.fits),
  };
}

export function previewLines(seen: Preview): string[] {
  const changes = byFailures(seen);
  const changed = changes.reduce((sum, c) => sum + c.failures, 0);
  const unconfirmed = changes.reduce((sum, c) => sum + c.unconfirmed, 0);
  const idle = [...seen.fits].filter(([, n]) => n === 0).map(([id]) => id);
  const lines = changes.flatMap((c) => [
    `  ${String(c.failures).padStart(6)}  ${c.from} -> ${c.to}  by ${c.rule}`,
    ...c.examples.map(
      (e) => `          job ${harmless(e.job)}, ${harmless(e.account)}: ${harmless(e.message.slice(0, 120))}`,
    ),
  ]);
  return [
    `${changed} of ${seen.failures} past failures would be judged otherwise`,
    ...lines,
    ...(idle.length > 0 ? [`  Fits no past failure: ${idle.join(", ")}`] : []),
    ...(unconfirmed > 0 ? [`  ${unconfirmed} of them unconfirmed: they stay so, whatever a rule says`] : []),
    "Nothing was changed",
  ];
}
