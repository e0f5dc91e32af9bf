// What judging looks like without rules: words anywhere in the text, as scripts do it. Only to compare with.
import type { Category } from "./failure.ts";

const ACCOUNT =
  "suspended|disabled|terminated|banned|logged out|logged_out|log in|login|captcha|challenge|verification|verify|confirm your identity|confirm you're human|action blocked|try again later".split(
    "|",
  );
const INFRASTRUCTURE =
  "adb|appium|uiautomator|device|phone|session|socket|connection|connect|timeout|timed out|network|max retries|instrumentation|api error|http|proxy|econn".split(
    "|",
  );

/** By the first list that has a word in the text. Total. */
export function bySubstring(text: string): Category {
  const lower = text.toLowerCase();
  if (ACCOUNT.some((word) => lower.includes(word))) return "account";
  return INFRASTRUCTURE.some((word) => lower.includes(word)) ? "infrastructure" : "unknown";
}
