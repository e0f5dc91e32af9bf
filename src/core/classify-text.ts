// Matches texts with the rules of a table, most specific first.

import { plainText } from "./classify-plain.ts";
import type { Rule } from "./classify-rule.ts";
import { isDeniedAt, shownWords, toldWords } from "./classify-shown.ts";
import { isStepOf } from "./classify-steps.ts";
import { type Category, isPermanent } from "./failure.ts";

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
  const readings = new Readings(plainText(text));
  for (const entry of compile(options.rules)) {
    const { rule } = entry;
    if (options.not.includes(rule.category) || !isInStep(rule, step)) continue;
    const matched = matchRule(entry, readings);
    if (matched !== null) return { rule, matched };
  }
  return null;
}

/** One text as the rules read it; each reading is made when the first rule asks for it. */
class Readings {
  readonly log: string;
  #told: string | null = null;
  #screen: string | null = null;

  constructor(log: string) {
    this.log = log;
  }

  of(rule: Rule): string {
    if (rule.reads === "screen") {
      this.#screen ??= shownWords(this.log);
      return this.#screen;
    }
    if (!isPermanent(rule.category)) return this.log;
    // what is final must not rest on the job's own words, nor on a quote that is denied
    this.#told ??= toldWords(this.log);
    return this.#told;
  }
}

type Compiled = { rule: Rule; any: RegExp; all: RegExp[]; none: RegExp | null };

function matchRule({ rule, any, all, none }: Compiled, readings: Readings): string | null {
  const text = readings.of(rule);
  const matched = firstMatch(any, text, rule);
  if (matched === null || !all.every((pattern) => pattern.test(text))) return null;
  return none?.test(text) === true ? null : matched;
}

function firstMatch(any: RegExp, text: string, rule: Rule): string | null {
  // a log's own words may deny ("no such file"); what is said before them may not
  const mayBeDenied = rule.reads === "log" && isPermanent(rule.category);
  if (!mayBeDenied) return any.exec(text)?.[0] ?? null;
  if (!any.test(text)) return null;
  for (const match of text.matchAll(new RegExp(any, "g"))) {
    if (!isDeniedAt(text, match.index)) return match[0];
  }
  return null;
}

function isInStep(rule: Rule, step: string | undefined): boolean {
  if (rule.steps !== undefined && (step === undefined || !isStepOf(rule.steps, step))) return false;
  return step === undefined || rule.notSteps === undefined || !isStepOf(rule.notSteps, step);
}

const compiled = new WeakMap<readonly Rule[], Compiled[]>();

/** Patterns are made at the first use of a table, not at import; one for all alternatives of a rule, as that is faster. */
function compile(rules: readonly Rule[]): Compiled[] {
  const known = compiled.get(rules);
  if (known !== undefined) return known;
  const made = rules
    .map((rule) => ({
      rule,
      any: oneOf(rule.any),
      all: (rule.all ?? []).map((what) => oneOf([what])),
      none: rule.none === undefined ? null : oneOf(rule.none),
    }))
    .sort((a, b) => b.rule.rank - a.rule.rank); // stable: equal ranks keep the table's order
  compiled.set(rules, made);
  return made;
}

function oneOf(whats: readonly string[]): RegExp {
  return new RegExp(whats.map(patternOf).join("|"));
}

function patternOf(what: string): string {
  const pattern = /^\/(.+)\/$/s.exec(what)?.[1];
  return pattern === undefined ? what.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&") : `(?:${pattern})`;
}
