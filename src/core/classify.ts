// Names the category and the cause of what was seen (3-semantics 3.3): the one place that does.
// Order: the poster's typed word, structured codes, text rules. Structure beats text.
import {
  BUSY_ERRNOS,
  type CodeMeaning,
  ERRNO_PREFIXES,
  ERRNOS,
  HTTP,
  HTTP_OTHER,
  MACHINE_STEPS,
  MEDIA_PATH,
  MEDIA_STEPS,
  OWN_CAUSES,
  PATH_ERRNOS,
  PROVIDER_CODES,
  W3C,
  W3C_SHOWS_SCREEN,
} from "./classify-codes.ts";
import type { Rule } from "./classify-rule.ts";
import { RULES } from "./classify-rules.ts";
import { ACTION_BLOCK_MS } from "./classify-rules-screen.ts";
import { matchText } from "./classify-text.ts";
import type { Category, Evidence, Failure } from "./failure.ts";
import { type Millis, millis } from "./ids.ts";
import { EXIT_CAUSES, signalOfCode } from "./poster-end.ts";

/** A judgement: who is to blame, for what, by which rule. */
export type Verdict = Pick<Failure, "category" | "cause" | "rule" | "why" | "cooldownMs" | "rateLimited">;

/**
 * Judges evidence. Total: what nothing matches is `unknown`, cause `unmatched`.
 *
 * Units: `cooldownMs` in milliseconds, on account causes only; `rateLimited` on infrastructure only.
 * Source: 3-semantics 3.3
 */
export function classify(evidence: Evidence, rules: readonly Rule[] = RULES): Verdict {
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
  if (step !== undefined && MACHINE_STEPS.includes(step)) {
    const cause = `${step.replaceAll("-", "_")}_failed`;
    return verdict(evidence, { category: "infrastructure", cause }, `step-${step}`, `it failed in the step ${step}`);
  }
  return verdict(evidence, { category: "unknown", cause: "unmatched" }, "unmatched", "no rule matches");
}

/** The evidence with its judgement, as it is kept. Total. */
export function judge(evidence: Evidence): Failure {
  return { ...classify(evidence), retryAfterMs: evidence.retryAfterMs ?? null, evidence };
}

type Blame = { category: Category; cause: string; cooldownMs?: number; rateLimited?: boolean };

function verdict(evidence: Evidence, blame: Blame, rule: string, why: string): Verdict {
  const { category, cause } = blame;
  return {
    category,
    cause,
    rule,
    why,
    cooldownMs: cooldownOf(evidence, blame),
    rateLimited: isRateLimit(evidence, blame),
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

/** Words of a driver's error name elements, not the account; an alert's words are a screen. */
function ruledOut(evidence: Evidence): Category[] {
  const w3c = w3cOf(evidence);
  return w3c === null || w3c === W3C_SHOWS_SCREEN ? [] : ["account", "content"];
}

function textOf(evidence: Evidence): string {
  const { errorName, message, cause } = evidence;
  const named = errorName === undefined || message.startsWith(errorName) ? message : `${errorName}: ${message}`;
  return cause === undefined ? named : `${named}\n${cause}`;
}

type Code = CodeMeaning & { rule: string; why: string };

/** The strongest structured code, or `null` if there is none that means anything. */
function codeOf(evidence: Evidence): Code | null {
  return (
    ownCause(evidence) ??
    w3cCode(evidence) ??
    errnoCode(evidence) ??
    httpCode(evidence.http) ??
    providerCode(evidence.message) ??
    exitCode(evidence) ??
    httpCode(httpInText(evidence.message))
  );
}

function ownCause({ cause, errno }: Evidence): Code | null {
  if (cause === undefined) return null;
  const why = `reprise saw ${cause}`;
  if (cause === "poster_not_started") {
    const isBusy = errno !== undefined && BUSY_ERRNOS.includes(errno);
    return { category: isBusy ? "infrastructure" : "setup", cause, rule: "own-poster_not_started", why };
  }
  const meaning = lookUp(OWN_CAUSES, cause);
  if (meaning !== null) return { ...meaning, rule: `own-${cause}`, why };
  if (/^media_[a-z_]+$/.test(cause)) return { category: "content", cause, rule: "own-media", why };
  return null;
}

function w3cOf({ w3c, errorName }: Evidence): string | null {
  const code = w3c?.trim().toLowerCase();
  if (code !== undefined && lookUp(W3C, code) !== null) return code;
  const name = errorName?.toLowerCase(); // WebdriverIO puts the code there
  return name?.includes(" ") === true && lookUp(W3C, name) !== null ? name : null;
}

function w3cCode(evidence: Evidence): Code | null {
  const w3c = w3cOf(evidence);
  if (w3c === null) return null;
  const meaning = W3C[w3c];
  return meaning === undefined ? null : coded(meaning, `w3c-${w3c.replaceAll(" ", "-")}`, `W3C error code "${w3c}"`);
}

/** Of nested codes the innermost known one: it is nearest to the cause. */
function errnoCode({ errno, step }: Evidence): Code | null {
  for (const name of (errno ?? "")
    .toUpperCase()
    .split(/[\s,;>]+/)
    .toReversed()) {
    const isMedia = step !== undefined && MEDIA_STEPS.includes(step) && PATH_ERRNOS.includes(name);
    const meaning = isMedia ? MEDIA_PATH : (lookUp(ERRNOS, name) ?? errnoFamily(name));
    if (meaning !== null) return coded(meaning, `errno-${name.toLowerCase()}`, `system code ${name}`);
  }
  return null;
}

function errnoFamily(name: string): CodeMeaning | null {
  return ERRNO_PREFIXES.find(([prefix]) => name.startsWith(prefix))?.[1] ?? null;
}

function httpCode(status: number | undefined): Code | null {
  if (status === undefined) return null;
  const family = Math.floor(status / 100);
  const other = family === 3 || family === 4 || family === 5 ? HTTP_OTHER[family] : null;
  const meaning = lookUp(HTTP, String(status)) ?? other;
  return meaning === null ? null : coded(meaning, `http-${status}`, `HTTP status ${status}`);
}

const HTTP_STATUS =
  /\bhttp(?:\/\d(?:\.\d)?)?[ :]{1,2}(?:error |status |code ){0,2}([345]\d\d)\b|\bstatus(?: code)?[ :=]{1,3}([345]\d\d)\b|\b(?:api|server|provider)\b[^\n]{0,30}\breturned ([345]\d\d)\b/i;

function httpInText(text: string): number | undefined {
  const found = HTTP_STATUS.exec(text.slice(0, TEXT_FOR_CODES));
  return found === null ? undefined : Number(found[1] ?? found[2] ?? found[3]);
}

const PROVIDER_CODE = /\bapi(?: error| code)?[ :]{1,2}(\d{5})\b|\bfail_?code["']?[ :=]{1,3}(\d{5})\b/i;

function providerCode(text: string): Code | null {
  const found = PROVIDER_CODE.exec(text.slice(0, TEXT_FOR_CODES));
  if (found === null) return null;
  const code = Number(found[1] ?? found[2]);
  const meaning = PROVIDER_CODES.find(([ranges]) => isIn(ranges, code))?.[1];
  return meaning === undefined ? null : coded(meaning, `provider-${code}`, `the provider's code ${code}`);
}

/** Codes stand at the start of a message; what a long log holds further down is another's. */
const TEXT_FOR_CODES = 4096;

function isIn(ranges: string, code: number): boolean {
  return ranges.split(" ").some((range) => {
    const [from, to] = range.split("-").map(Number);
    return from !== undefined && code >= from && code <= (to ?? from);
  });
}

function exitCode({ exit, signal }: Evidence): Code | null {
  const killedBy = signal ?? (exit === undefined ? null : signalOfCode(exit));
  if (killedBy !== null) {
    const name = typeof killedBy === "number" ? `signal ${killedBy}` : killedBy;
    return { category: "infrastructure", cause: "poster_killed", rule: "signal", why: `killed by ${name}` };
  }
  const meaning = exit === undefined ? undefined : EXIT_CAUSES.get(exit);
  return meaning === undefined ? null : coded(meaning, `exit-${exit}`, `exit code ${exit}`);
}

function coded(meaning: CodeMeaning, rule: string, why: string): Code {
  return { ...meaning, rule, why };
}

function lookUp(table: Readonly<Record<string, CodeMeaning>>, key: string): CodeMeaning | null {
  return Object.hasOwn(table, key) ? (table[key] ?? null) : null;
}
