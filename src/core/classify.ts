// Names the category and the cause of what was seen (3-semantics 3.3): the one place that does.
// Order: the user's own rules, the poster's typed word, structured codes, text rules. Structure beats text.
import { codeOf, providerCodeOf, w3cOf } from "./classify-code.ts";
import { W3C_SHOWS_SCREEN } from "./classify-codes.ts";
import { judgedPart } from "./classify-plain.ts";
import type { Rule } from "./classify-rule.ts";
import { RULES } from "./classify-rules.ts";
import { ACTION_BLOCK_MS } from "./classify-rules-screen.ts";
import { isMachineStep, isMediaStep } from "./classify-steps.ts";
import { matchText } from "./classify-text.ts";
import type { Category, Evidence, Failure } from "./failure.ts";
import { type Millis, millis } from "./ids.ts";
import { matchUser, type UserRule, userRuleId } from "./user-rule.ts";

/** A judgement: who is to blame, for what, by which rule. */
export type Verdict = Omit<Failure, "evidence"> & {
  /** A rule of the user's says that the post may be out. */
  unconfirmed: boolean;
};

/** What judges: rules of the user's own, which come first, and the table of text rules. */
export type RuleBook = { user: readonly UserRule[]; rules: readonly Rule[] };
export const OWN_RULES: RuleBook = { user: [], rules: RULES };

/**
 * Judges evidence. Total: what nothing matches is `unknown`, cause `unmatched`.
 *
 * Units: `cooldownMs` in milliseconds, on account causes only; `rateLimited` on infrastructure only.
 * Source: 3-semantics 3.3
 */
export function classify(evidence: Evidence, { user, rules }: RuleBook = OWN_RULES): Verdict {
  return (user.length === 0 ? null : byUser(evidence, user)) ?? byTable(evidence, rules);
}

/** The evidence with its judgement, as it is kept. Total. */
export function judge(evidence: Evidence, book: RuleBook = OWN_RULES): Failure {
  const { unconfirmed: _, ...judgement } = classify(evidence, book);
  return { ...judgement, evidence };
}

function byUser(evidence: Evidence, user: readonly UserRule[]): Verdict | null {
  const text = judgedPart(textOf(evidence));
  const match = matchUser(user, evidence, { text, provider: providerCodeOf(evidence.message) });
  if (match === null) return null;
  const { rule, why } = match;
  return { ...verdict(evidence, rule, userRuleId(rule.id), why), unconfirmed: rule.unconfirmed };
}

function byTable(evidence: Evidence, rules: readonly Rule[]): Verdict {
  if (evidence.typed !== undefined) {
    const { category, cause } = evidence.typed;
    return verdict(evidence, { category, cause }, "typed", `the poster said ${category}: ${cause}`);
  }
  const code = codeOf(evidence);
  if (code !== null && code.byText !== true) return verdict(evidence, code, code.rule, code.why);
  const match = matchText(textOf(evidence), evidence.step, { rules, not: ruledOut(evidence) });
  if (match !== null) return verdict(evidence, match.rule, match.rule.id, `the text says "${match.matched.trim()}"`);
  if (code !== null) return verdict(evidence, code, code.rule, code.why);
  const { step } = evidence;
  if (step !== undefined && isMachineStep(step)) {
    const cause = `${step.toLowerCase().replace(/[^a-z0-9]+/g, "_")}_failed`;
    return verdict(evidence, { category: "infrastructure", cause }, `step-${step}`, `it failed in the step ${step}`);
  }
  return verdict(evidence, { category: "unknown", cause: "unmatched" }, "unmatched", "no rule matches");
}

type Blame = {
  category: Category;
  cause: string;
  cooldownMs?: number;
  rateLimited?: boolean;
  retryAfterMs?: number;
};

function verdict(evidence: Evidence, blame: Blame, rule: string, why: string): Verdict {
  const { category, cause } = blame;
  return {
    category,
    cause,
    rule,
    why,
    cooldownMs: cooldownOf(evidence, blame),
    rateLimited: isRateLimit(evidence, blame),
    retryAfterMs: evidence.retryAfterMs ?? (blame.retryAfterMs === undefined ? null : millis(blame.retryAfterMs)),
    unconfirmed: false,
  };
}

function cooldownOf(evidence: Evidence, blame: Blame): Millis | null {
  if (blame.category !== "account") return null;
  const own = blame.cooldownMs ?? (blame.cause === "action_blocked" ? ACTION_BLOCK_MS : null);
  return evidence.cooldownMs ?? (own === null ? null : millis(own));
}

/** An answer that names its own time (typed, or HTTP 503 with Retry-After) asks to slow down as a 429 does. */
function isRateLimit(evidence: Evidence, blame: Blame): boolean {
  if (blame.category !== "infrastructure") return false;
  if (blame.rateLimited === true || blame.cause === "rate_limited") return true;
  return evidence.retryAfterMs !== undefined && (evidence.typed !== undefined || evidence.http === 503);
}

/** Words of a driver's error name elements, not the account (an alert's words are a screen); media only where it is handed over. */
function ruledOut(evidence: Evidence): Category[] {
  const w3c = w3cOf(evidence);
  if (w3c === null || w3c === W3C_SHOWS_SCREEN) return [];
  return evidence.step !== undefined && isMediaStep(evidence.step) ? ["account"] : ["account", "content"];
}

function textOf(evidence: Evidence): string {
  const { errorName, message, cause } = evidence;
  const named = errorName === undefined || message.startsWith(errorName) ? message : `${errorName}: ${message}`;
  return cause === undefined ? named : `${named}\n${cause}`;
}
