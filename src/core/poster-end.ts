// How a poster's end is read (4-posters-devices 4.1). The worker reports what it saw; here it becomes an attempt event.
import type { Category, Evidence } from "./failure.ts";
import type { Millis } from "./ids.ts";

/** Why the intent was refused: the poster got end of file instead of `go`. */
export type NoGo =
  | "stopping"
  | "fenced"
  | "duplicate"
  | "twin_unconfirmed"
  | "account_held"
  | "limit"
  | "too_late"
  | "verifying"
  | "wrong_phone";

/** What the poster itself said last about the outcome. */
export type PosterWord = { type: "posted"; url: string | null } | NotPosted;

export type NotPosted = {
  type: "not_posted";
  category: Category | null;
  cause: string | null;
  message: string;
  retryAfterMs: Millis | null;
  cooldownMs: Millis | null;
};

/** How its process ended. */
export type PosterExit =
  | { kind: "code"; code: number }
  | { kind: "signal"; signal: string }
  | { kind: "timed_out"; afterMs: Millis }
  /** Ended by us because of a stop. */
  | { kind: "cancelled" }
  /** Its media can't be posted; the poster was not started. */
  | { kind: "media"; cause: string; message: string; category: "content" | "setup" }
  /** The process could not be started. */
  | { kind: "not_started"; errno: string; message: string }
  /** The worker is gone; nobody saw the end. */
  | { kind: "lost"; message: string };

/** All that a worker saw of one attempt's end. Crosses processes and lies in the outbox: plain data. */
export type PosterEnd = {
  /** Any protocol event at all. */
  spoke: boolean;
  said: PosterWord | null;
  exit: PosterExit;
  /** `go` was handed to the poster. */
  gotGo: boolean;
  noGo: NoGo | null;
  step: string;
  /** Last lines of stderr, redacted, at most 8 kB. */
  stderrTail: string;
  /** A structured error the poster raised (module posters, WebDriver). */
  error: Pick<Evidence, "errorName" | "w3c" | "errno" | "http"> | null;
  evidence: string[];
};

/** Where the attempt stood in the ledger when it ended. */
export type Reached = "before" | "opaque" | "publishing";

export type Outcome =
  /** `breach`: it said `posted` after events but never asked: recorded, and the run halts. */
  | { type: "posted"; url: string | null; breach: boolean }
  | { type: "failed"; evidence: Evidence }
  | { type: "unconfirmed"; evidence: Evidence }
  /** Uncharged. */
  | { type: "cancelled"; noGo: NoGo | null };

/**
 * Reads a poster's end.
 *
 * `posted` wins over any end; `not_posted` over any exit code, but not over a signal or time-out after `go`.
 * From the intent on, only exit 0 (posted) and an explicit refusal are proof; anything else is unconfirmed.
 * Source: 4-posters-devices 4.1 ("end", "silent posters")
 */
export function readPosterEnd(reached: Reached, end: PosterEnd): Outcome {
  if (end.said?.type === "posted") {
    return { type: "posted", url: end.said.url, breach: reached === "before" };
  }
  if (end.noGo !== null && !end.gotGo) return { type: "cancelled", noGo: end.noGo };
  if (end.said?.type === "not_posted") return endRefused(reached, end, end.said);
  if (reached === "publishing") return endAfterIntent(end);
  if (reached === "opaque") return endOfSilent(end);
  return endBeforeIntent(end);
}

/** The poster said `not_posted`: proof, but not where it was ended by force after the intent. */
function endRefused(reached: Reached, end: PosterEnd, said: NotPosted): Outcome {
  if (reached === "publishing" && endedByForce(end.exit)) return { type: "unconfirmed", evidence: evidenceOf(end) };
  // Of a poster that we stop, only a word on the account or the content is its own; the rest tells of the stop.
  const isOfTheStop = said.category !== "account" && said.category !== "content";
  if (end.exit.kind === "cancelled" && isOfTheStop) return { type: "cancelled", noGo: null };
  return { type: "failed", evidence: evidenceOf(end, said) };
}

function endAfterIntent(end: PosterEnd): Outcome {
  if (end.exit.kind === "code" && end.exit.code === 0) return { type: "posted", url: null, breach: false };
  return { type: "unconfirmed", evidence: evidenceOf(end) };
}

function endOfSilent(end: PosterEnd): Outcome {
  const { exit } = end;
  if (exit.kind === "not_started" || exit.kind === "media") return { type: "failed", evidence: evidenceOf(end) };
  if (exit.kind !== "code") return { type: "unconfirmed", evidence: evidenceOf(end) };
  if (exit.code === 0) return { type: "posted", url: null, breach: false };
  return { type: EXIT_CAUSES.has(exit.code) ? "failed" : "unconfirmed", evidence: evidenceOf(end) };
}

function endBeforeIntent(end: PosterEnd): Outcome {
  if (end.exit.kind === "cancelled") return { type: "cancelled", noGo: null };
  if (end.exit.kind === "code" && end.exit.code === 0) return { type: "posted", url: null, breach: end.spoke };
  return { type: "failed", evidence: evidenceOf(end) };
}

/** Exit codes with a fixed meaning (sysexits, and the shell's "could not run it"). */
export const EXIT_CAUSES: ReadonlyMap<number, { category: Category; cause: string }> = new Map([
  [65, { category: "content", cause: "poster_data_error" }],
  [66, { category: "content", cause: "poster_no_input" }],
  [69, { category: "infrastructure", cause: "poster_unavailable" }],
  [75, { category: "infrastructure", cause: "poster_temporary_failure" }],
  [77, { category: "account", cause: "poster_permission" }],
  [78, { category: "setup", cause: "poster_config_error" }],
  [126, { category: "setup", cause: "poster_not_executable" }],
  [127, { category: "setup", cause: "poster_not_found" }],
]);

/** The signal behind an exit code 128+N of a shell, else `null` (255 and its like are plain codes). */
export function signalOfCode(code: number): number | null {
  return code > 128 && code <= 128 + 64 ? code - 128 : null;
}

function endedByForce(exit: PosterExit): boolean {
  return (
    exit.kind === "signal" ||
    exit.kind === "timed_out" ||
    exit.kind === "lost" ||
    exit.kind === "cancelled" ||
    (exit.kind === "code" && signalOfCode(exit.code) !== null)
  );
}

/**
 * All there is to judge the failure by.
 *
 * @param said  the refusal that decided; how the process ended is then no evidence (`not_posted` wins over any exit code)
 */
function evidenceOf(end: PosterEnd, said: NotPosted | null = null): Evidence {
  const base: Evidence = { message: messageOf(end), step: end.step, ...end.error };
  if (end.evidence.length > 0) base.files = end.evidence;
  return said === null ? { ...base, ...exitEvidence(end.exit) } : { ...base, ...wordEvidence(said) };
}

function wordEvidence(said: NotPosted): Partial<Evidence> {
  const word: Partial<Evidence> = {};
  if (said.category !== null) word.typed = { category: said.category, cause: said.cause ?? said.category };
  if (said.retryAfterMs !== null) word.retryAfterMs = said.retryAfterMs;
  if (said.cooldownMs !== null) word.cooldownMs = said.cooldownMs;
  return word;
}

function exitEvidence(exit: PosterExit): Partial<Evidence> {
  switch (exit.kind) {
    case "code":
      return { exit: exit.code };
    case "signal":
      return { signal: exit.signal, cause: "poster_killed" };
    case "timed_out":
      return { cause: "attempt_timeout" };
    case "cancelled":
      return { cause: "stopped" };
    case "media":
      return { typed: { category: exit.category, cause: exit.cause }, cause: exit.cause };
    case "not_started":
      return { errno: exit.errno, cause: "poster_not_started" };
    case "lost":
      return { cause: "worker_lost" };
  }
}

function messageOf(end: PosterEnd): string {
  const { exit, said } = end;
  if (said?.type === "not_posted") {
    const words = said.category === null && said.cause !== null ? `${said.cause}: ${said.message}` : said.message;
    if (words.trim() !== "") return words;
  }
  if (exit.kind === "media" || exit.kind === "not_started" || exit.kind === "lost") return exit.message;
  if (end.stderrTail.trim() !== "") return end.stderrTail.trim();
  if (exit.kind === "timed_out") return `no end after ${exit.afterMs} ms`;
  return exit.kind === "signal"
    ? `poster killed by ${exit.signal}`
    : exit.kind === "code"
      ? `poster ended with exit code ${exit.code}`
      : "stopped";
}
