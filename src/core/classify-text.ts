// Matches texts with the rules of a table, most specific first.
import type { Rule } from "./classify-rule.ts";
import { plainText, shownWords } from "./classify-shown.ts";
import type { Category } from "./failure.ts";

export type TextMatch = { rule: Rule; matched: string };

/**
 * The first rule that fits.
 *
 * @param not  categories that structured evidence rules out
 */
export function matchText(
  text: string,
  step: string | undefined,
  options: { rules: readonly Rule[]; not: readonly Category[] },
): TextMatch | null {
  const log = plainText(text);
  let screen: string | null = null;
  for (const entry of compile(options.rules)) {
    const { rule } = entry;
    if (options.not.includes(rule.category) || !isInStep(rule, step)) continue;
    screen ??= rule.reads === "screen" ? shownWords(log) : null;
    const matched = matchRule(entry, rule.reads === "screen" && screen !== null ? screen : log);
    if (matched !== null) return { rule, matched };
  }
  return null;
}

type Matcher = (text: string) => string | null;
type Compiled = { rule: Rule; any: Matcher[]; all: Matcher[]; none: Matcher[] };

function matchRule(entry: Compiled, text: string): string | null {
  const matched = firstMatch(entry.any, text);
  if (matched === null) return null;
  if (!entry.all.every((m) => m(text) !== null)) return null;
  return firstMatch(entry.none, text) === null ? matched : null;
}

function firstMatch(matchers: readonly Matcher[], text: string): string | null {
  for (const matcher of matchers) {
    const matched = matcher(text);
    if (matched !== null) return matched;
  }
  return null;
}

function isInStep(rule: Rule, step: string | undefined): boolean {
  if (rule.steps !== undefined && (step === undefined || !rule.steps.includes(step))) return false;
  return step === undefined || rule.notSteps === undefined || !rule.notSteps.includes(step);
}

const compiled = new WeakMap<readonly Rule[], Compiled[]>();

/** Patterns are made at the first use of a table, not at import. */
function compile(rules: readonly Rule[]): Compiled[] {
  const known = compiled.get(rules);
  if (known !== undefined) return known;
  const made = rules
    .map((rule) => ({
      rule,
      any: rule.any.map(matcherOf),
      all: (rule.all ?? []).map(matcherOf),
      none: (rule.none ?? []).map(matcherOf),
    }))
    .sort((a, b) => b.rule.rank - a.rule.rank); // stable: equal ranks keep the table's order
  compiled.set(rules, made);
  return made;
}

function matcherOf(what: string): Matcher {
  const pattern = /^\/(.+)\/$/s.exec(what)?.[1];
  if (pattern === undefined) return (text) => (text.includes(what) ? what : null);
  const regexp = new RegExp(pattern);
  return (text) => regexp.exec(text)?.[0] ?? null;
}
