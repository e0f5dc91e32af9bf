import type { Category } from "./failure.ts";

/**
 * One text rule. Texts are compared in lower case. `/x/` is a pattern (no back-references, bounded repeats only), anything
 * else a phrase to be found as it is.
 */
export type Rule = {
  id: string;
  category: Category;
  cause: string;
  /** Higher is asked first; the more specific the higher. Equal ones in the order of the table. */
  rank: number;
  /** `screen`: what the text claims to have seen (no denials, guesses, captions, names). `log`: the text as it is. */
  reads: "screen" | "log";
  /** At least one of these. */
  any: readonly string[];
  /** And every one of these. */
  all?: readonly string[];
  /** And none of these. */
  none?: readonly string[];
  /** Only in these steps. */
  steps?: readonly string[];
  notSteps?: readonly string[];
  /** Account rules: the block passes by itself after so long, ms. */
  cooldownMs?: number;
  rateLimited?: boolean;
};
