// Finds the strongest structured code of an evidence: ours, W3C, system, HTTP, provider, exit code (in that order).
import {
  BUSY_ERRNOS,
  type CodeMeaning,
  ERRNO_PREFIXES,
  ERRNOS,
  HTTP,
  HTTP_OTHER,
  MEDIA_ERRNOS,
  MEDIA_REFUSED,
  MEDIA_UNUSABLE,
  OWN_CAUSES,
  PROVIDER_CODES,
  W3C,
} from "./classify-codes.ts";
import { plainText } from "./classify-plain.ts";
import { withoutOwnWords } from "./classify-quoted.ts";
import { isMediaStep } from "./classify-steps.ts";
import type { Evidence } from "./failure.ts";
import { EXIT_CAUSES, signalOfCode } from "./poster-end.ts";

export type Code = CodeMeaning & { rule: string; why: string };

/** The strongest code, or `null` if there is none that means anything. Total. */
export function codeOf(evidence: Evidence): Code | null {
  return (
    ownCause(evidence) ??
    w3cCode(evidence) ??
    errnoCode(evidence) ??
    httpCode(evidence.http) ??
    providerMeaning(evidence.message) ??
    exitCode(evidence) ??
    httpCode(httpInText(evidence.message)) ??
    errnoInText(evidence)
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

/** The W3C code that was given, or that WebdriverIO put into the error's name. */
export function w3cOf({ w3c, errorName }: Evidence): string | null {
  const code = w3c?.trim().toLowerCase();
  if (code !== undefined && lookUp(W3C, code) !== null) return code;
  const name = errorName?.trim().toLowerCase();
  return name?.includes(" ") === true && lookUp(W3C, name) !== null ? name : null;
}

function w3cCode(evidence: Evidence): Code | null {
  const w3c = w3cOf(evidence);
  const meaning = w3c === null ? undefined : W3C[w3c];
  if (w3c === null || meaning === undefined) return null;
  // an argument refused where the media is handed over is the media
  const isMedia = w3c === "invalid argument" && isOfMedia(evidence);
  return coded(isMedia ? MEDIA_REFUSED : meaning, `w3c-${w3c.replaceAll(" ", "-")}`, `W3C error code "${w3c}"`);
}

const isOfMedia = ({ step }: Evidence) => step !== undefined && isMediaStep(step);

/** Of nested codes the innermost known one: it is nearest to the cause. */
function errnoCode(evidence: Evidence): Code | null {
  const named = (evidence.errno ?? "").toUpperCase().split(/[\s,;>]+/);
  const nested = (evidence.cause ?? "").slice(0, TEXT_FOR_CODES).match(CODE_IN_TEXT) ?? [];
  return meaningOfErrnos([...named, ...nested], evidence);
}

/** Nobody handed a code over, but the text names one in the system's own spelling. */
function errnoInText(evidence: Evidence): Code | null {
  const found = evidence.message.slice(0, TEXT_FOR_CODES).match(CODE_IN_TEXT) ?? [];
  const code = meaningOfErrnos(found, evidence);
  return code === null ? null : { ...code, byText: true };
}

function meaningOfErrnos(names: readonly string[], evidence: Evidence): Code | null {
  for (const name of names.toReversed()) {
    const meaning = meaningOfErrno(name, evidence);
    if (meaning !== null) return coded(meaning, `errno-${name.toLowerCase()}`, `system code ${name}`);
  }
  return null;
}

function meaningOfErrno(name: string, evidence: Evidence): CodeMeaning | null {
  if (isOfMedia(evidence) && MEDIA_ERRNOS.includes(name) && !STARTS_PROGRAM.test(evidence.message))
    return MEDIA_UNUSABLE;
  return lookUp(ERRNOS, name) ?? ERRNO_PREFIXES.find(([prefix]) => name.startsWith(prefix))?.[1] ?? null;
}

const CODE_IN_TEXT = /\b(?:E[A-Z]{3,16}|EAI_[A-Z]+|UND_ERR_[A-Z_]+|ERR_[A-Z0-9_]{4,60}|CERT_[A-Z_]+|HPE_[A-Z_]+)\b/g;
const STARTS_PROGRAM = /\bspawn\b|\badb\b/i;

function httpCode(status: number | undefined): Code | null {
  if (status === undefined) return null;
  const family = Math.floor(status / 100);
  const other = family === 3 || family === 4 || family === 5 ? HTTP_OTHER[family] : null;
  const meaning = lookUp(HTTP, String(status)) ?? other;
  return meaning === null ? null : coded(meaning, `http-${status}`, `HTTP status ${status}`);
}

const HTTP_STATUS =
  /\bhttp(?:\/\d(?:\.\d)?)?[ :]{1,2}(?:error |status |code |response ){0,2}([345]\d\d)\b|\b(?:status|response|api error)(?: ?code)?["']?[ :=]{1,3}([345]\d\d)\b|\b(?:api|server|provider|upstream)\b[^\n]{0,30}\b(?:returned|answered|responded with|replied)(?: with)?(?: an?)?(?: http)?(?: status| error)? ([345]\d\d)\b/i;

function httpInText(text: string): number | undefined {
  const found = inOthersWords(HTTP_STATUS, text);
  return found === null ? undefined : Number(found[1] ?? found[2] ?? found[3]);
}

/** A match that does not stand in a caption. */
function inOthersWords(pattern: RegExp, text: string): RegExpExecArray | null {
  const start = text.slice(0, TEXT_FOR_CODES);
  return pattern.test(start) ? pattern.exec(withoutOwnWords(plainText(start))) : null;
}

const PROVIDER_CODE =
  /\b(?:api|geelark)(?: (?:error|code|returned|answered)){0,2}[ :=#]{1,3}(\d{5})\b|\b(?:fail_?code|err_?code|errcode|code)["']?[ :=]{1,3}["']?(\d{5})\b|\b(?:task|rpa)\b[^\n]{0,40}\b(?:failed|error)[^\n\d]{0,20}\b(\d{5})\b/i;

/** The number that a cloud phone's API or task gave, if the text names one; `null`: none. */
export function providerCodeOf(text: string): number | null {
  const found = inOthersWords(PROVIDER_CODE, text);
  return found === null ? null : Number(found[1] ?? found[2] ?? found[3]);
}

function providerMeaning(text: string): Code | null {
  const code = providerCodeOf(text);
  const meaning = code === null ? undefined : PROVIDER_CODES.find(([ranges]) => isIn(ranges, code))?.[1];
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
