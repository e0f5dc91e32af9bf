// Rules of the user's own: asked before all else (3-semantics 3.3, "User rules come first").
import type { Category, Evidence } from "./failure.ts";

/** The numbers from `from` to `to`, both included. */
export type Range = { from: number; to: number };

/**
 * What a rule asks for; all that is given must hold. Texts are found by `finds`, made by whoever read the rule: users'
 * patterns run on a linear-time engine, which is a library's and so none of core's.
 */
type UserConditions = {
  /** What it finds in the message (with error name and nested cause), or `null`. */
  finds: ((text: string) => string | null) | null;
  /** Must not be found. */
  misses: ((text: string) => string | null) | null;
  steps: readonly string[] | null;
  w3c: readonly string[] | null;
  errno: readonly string[] | null;
  http: readonly Range[] | null;
  exit: readonly Range[] | null;
  provider: readonly Range[] | null;
  /** The poster's typed word: `category` or `category/cause`. */
  said: readonly string[] | null;
};

export type UserRule = UserConditions & {
  id: string;
  category: Category;
  cause: string;
  /** Account rules, ms. */
  cooldownMs?: number;
  /** Infrastructure rules: asked to slow down, not charged; come back after so long, ms. */
  rateLimited?: boolean;
  retryAfterMs?: number;
  /** The post may be out: the attempt becomes unconfirmed unless the poster's own word says otherwise. */
  unconfirmed: boolean;
};

/** How the rule's id shows in a verdict. */
export const userRuleId = (id: string): string => `user:${id}`;

/**
 * Why the first rule that fits does, or `null`. Total.
 *
 * @param text      the evidence's text as rules read it
 * @param provider  the provider's code that the text names, if any
 */
export function matchUser(
  rules: readonly UserRule[],
  evidence: Evidence,
  { text, provider }: { text: string; provider: number | null },
): { rule: UserRule; why: string } | null {
  for (const rule of rules) {
    const why = fits(rule, evidence, { text, provider });
    if (why !== null) return { rule, why };
  }
  return null;
}

function fits(
  rule: UserRule,
  e: Evidence,
  { text, provider }: { text: string; provider: number | null },
): string | null {
  const typed = e.typed === undefined ? [] : [e.typed.category, `${e.typed.category}/${e.typed.cause}`];
  const codes = (e.errno ?? "").toUpperCase().split(/[\s,;>]+/);
  const holds =
    isAmong(rule.steps, [e.step]) &&
    isAmong(rule.w3c, [e.w3c, e.errorName]) &&
    isAmong(rule.errno, codes) &&
    isIn(rule.http, e.http) &&
    isIn(rule.exit, e.exit) &&
    isIn(rule.provider, provider) &&
    isAmong(rule.said, typed);
  if (!holds) return null;
  const found = rule.finds === null ? null : rule.finds(text);
  if (rule.finds !== null && found === null) return null;
  if (rule.misses !== null && rule.misses(text) !== null) return null;
  return found === null ? "its codes fit" : `your rule finds "${found.trim()}"`;
}

function isAmong(wanted: readonly string[] | null, seen: readonly (string | undefined)[]): boolean {
  return wanted === null || seen.some((s) => s !== undefined && wanted.includes(s));
}

function isIn(wanted: readonly Range[] | null, seen: number | null | undefined): boolean {
  if (wanted === null) return true;
  return typeof seen === "number" && wanted.some(({ from, to }) => seen >= from && seen <= to);
}
