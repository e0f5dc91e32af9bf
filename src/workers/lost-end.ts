import type { GoAnswer } from "../core/claim.ts";
import type { NoGo, PosterEnd, PosterExit } from "../core/poster-end.ts";

/** What the pool itself heard and said of an attempt, for the end of a worker that can't report one. */
export type Heard = { spoke: boolean; step: string; gotGo: boolean; noGo: NoGo | null };

export const NOTHING_HEARD: Heard = { spoke: false, step: "starting", gotGo: false, noGo: null };

/** A go that was sent counts as handed over: better looked at than posted twice. */
export const withAnswer = (heard: Heard, answer: GoAnswer): Heard =>
  answer.go ? { ...heard, gotGo: true } : { ...heard, noGo: answer.reason };

/** The end of an attempt as far as the pool knows it. */
export const endAsHeard = (heard: Heard, exit: PosterExit): PosterEnd => ({
  ...heard,
  said: null,
  exit,
  stderrTail: "",
  error: null,
  evidence: [],
});
