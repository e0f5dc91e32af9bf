// How a poster's answer to "could this account post?" is read (4-posters-devices 4.1, REPRISE_ACTION=check).
import { judge, OWN_RULES, type RuleBook } from "./classify.ts";
import type { Failure } from "./failure.ts";
import { type PosterEnd, readPosterEnd } from "./poster-end.ts";

export type Checkup =
  | { is: "fine" }
  /** It could not post now: for the account's sake, or another's. */
  | { is: "failed"; failure: Failure }
  /** Nothing can be told from what the poster did. */
  | { is: "untold"; why: string };

/**
 * Reads the end of a check. Only a clean end without any word on a post is "fine": a poster that does not know the action
 * and went about posting has told nothing, whatever its exit code.
 */
export function readCheck(end: PosterEnd, book: RuleBook = OWN_RULES): Checkup {
  if (end.said?.type === "posted" || end.noGo !== null || end.gotGo)
    return { is: "untold", why: "the poster went about posting: it does not know REPRISE_ACTION=check" };
  if (end.said === null && end.exit.kind === "code" && end.exit.code === 0) return { is: "fine" };
  const read = readPosterEnd("before", end);
  if (read.type === "failed") return { is: "failed", failure: judge(read.evidence, book) };
  return { is: "untold", why: "the check was stopped" };
}
