import type { Millis } from "./ids.ts";

/** Who is to blame, and so who may be tried again (docs/words.md, "failure"). */
export const CATEGORIES = ["account", "content", "setup", "infrastructure", "unknown"] as const;
export type Category = (typeof CATEGORIES)[number];

/** Never tried again by itself. */
export function isPermanent(category: Category): boolean {
  return category === "account" || category === "content" || category === "setup";
}

/** What was seen, before anybody judged it. Structured fields are stronger than `message`. */
export type Evidence = {
  /** The text: last lines of stderr, an error's message, a screen's words. */
  message: string;
  /** The step the attempt was in, such as `opening` or `media`. */
  step?: string;
  /** The poster's own typed word. */
  typed?: { category: Category; cause: string };
  errorName?: string;
  /** W3C WebDriver error code, such as `element click intercepted`. */
  w3c?: string;
  /** System error code, such as `ECONNRESET`; nested causes last. */
  errno?: string;
  /** HTTP status. */
  http?: number;
  /** Exit code of the poster's process. */
  exit?: number;
  /** Signal that ended the poster's process, such as `SIGKILL`. */
  signal?: string;
  /** A named end that reprise itself saw: `attempt_timeout`, `worker_lost`, `media_unreadable`, ... */
  cause?: string;
  retryAfterMs?: Millis;
  cooldownMs?: Millis;
  /** Files kept from the attempt. */
  files?: string[];
};

/** An evidence with its judgement. Keeps the evidence, so that it can be judged again. */
export type Failure = {
  category: Category;
  /** Short snake_case name of what went wrong, such as `device_offline`. */
  cause: string;
  /** Id of the rule that judged. */
  rule: string;
  /** Why that rule: what it matched. */
  why: string;
  /** Asked to slow down: not charged to any budget. */
  rateLimited: boolean;
  /** An account cause that passes by itself after this long; `null` = a person decides. */
  cooldownMs: Millis | null;
  retryAfterMs: Millis | null;
  evidence: Evidence;
};
