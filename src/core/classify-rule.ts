import type { StepKind } from "./classify-steps.ts";
import type { Category } from "./failure.ts";

/**
 * One text rule. Texts are compared in the spelling of `plainText` (lower case, no accents). `/x/` is a pattern (no
 * back-references, bounded repeats only), anything else a phrase to be found as it is.
 */
export type Rule = {
  id: string;
  category: Category;
  cause: string;
  /** How specific it is: higher is asked first. Equal ones in the order of the table. */
  rank: number;
  /**
   * `screen`: what the text claims to have seen (no denials, guesses, captions, names). `log`: the text as it is; a rule of
   * a permanent category still does not read captions, nor what a clause denies before it.
   */
  reads: "screen" | "log";
  /** At least one of these. */
  any: readonly string[];
  /** And every one of these. */
  all?: readonly string[];
  /** And none of these. */
  none?: readonly string[];
  /** Only in these steps; in no other than these. See `classify-steps.ts`. */
  steps?: StepKind;
  notSteps?: StepKind;
  /** Account rules: the block passes by itself after so long, ms. */
  cooldownMs?: number;
  /** Infrastructure rules: a request to slow down, not charged; when to come back unless the evidence says it, ms. */
  rateLimited?: boolean;
  retryAfterMs?: number;
};
