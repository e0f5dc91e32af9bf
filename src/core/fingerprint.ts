// Which failures are one cause: over devices, accounts, addresses and times the same id, for another cause another.
import type { Failure } from "./failure.ts";
import { type CauseId, causeId } from "./ids.ts";
import { type KnownWords, templateKey, templateOf } from "./template.ts";

/** A cause as its failures name it. */
export type Fingerprint = {
  /** Short and stable: depends on nothing but the failure. */
  id: CauseId;
  /** What its failures say, with `<kind>` where they differ. */
  title: string;
};

/**
 * Tells the cause of a failure. Total.
 *
 * Made of category, cause, the code that judged and what the text keeps without its accidents; the step only where little
 * else is known. Not of the rule's name: a rule renamed must not make old causes new.
 *
 * @param known  words of this attempt that other failures of the cause do not share
 */
export function fingerprint(
  failure: Pick<Failure, "category" | "cause" | "rule" | "evidence">,
  known: KnownWords = {},
): Fingerprint {
  const { category, cause, evidence } = failure;
  const template = templateOf(evidence.message, known, category === "setup");
  const code = codeOf(failure);
  const text = isNamedByCause(failure) || code === SERVER_DOWN ? "" : templateKey(template);
  const isVague =
    category === "unknown" || cause === "attempt_timeout" || (text === "" && code === "" && !isNamedByCause(failure));
  const step = isVague ? templateKey(templateOf(evidence.step ?? "", known)) : "";
  const key = [category, templateKey(cause.replaceAll("_", " ")), code, text, step].join("|");
  return { id: causeId(`c${hash(key)}`), title: title(template, cause) };
}

/**
 * The cause's name says all that matters: a block of an account (its screen is told in ever other words), and what reprise
 * itself saw.
 */
function isNamedByCause({ category, rule, cause }: Pick<Failure, "category" | "rule" | "cause">): boolean {
  if (category === "account" || rule.startsWith("ledger.")) return true;
  return rule.startsWith("own-") && cause !== "poster_not_started";
}

const SERVER_DOWN = "http-5xx";
const CODES = /^(?:errno|w3c|provider|signal|exit)\b/;

/** Codes tell causes apart that are worded alike (`fetch failed`). A server's 5xx are one family: they come and go together. */
function codeOf({ rule, evidence: { http, signal } }: Pick<Failure, "rule" | "evidence">): string {
  const status = /^http-(\d+)$/.exec(rule)?.[1] ?? (http === undefined ? undefined : String(http));
  if (status !== undefined) return /^5\d\d$/.test(status) ? SERVER_DOWN : `http-${status}`;
  if (rule === "signal") return `signal-${signal ?? ""}`;
  return CODES.test(rule) ? rule : "";
}

const LONGEST_TITLE = 120;

function title(template: string, cause: string): string {
  const text = template === "" ? cause.replaceAll("_", " ") : template;
  return text.length <= LONGEST_TITLE ? text : `${text.slice(0, LONGEST_TITLE - 3)}...`;
}

/** 35 bits in seven characters; two causes of a thousand share one by a chance of 1 in 70,000. cyrb53 by bryc, public domain. */
function hash(text: string): string {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  const wide = 4294967296 * (2097151 & b) + (a >>> 0);
  return (wide % 32 ** 7).toString(32).padStart(7, "0");
}
