// What simulated runs came to, in words and numbers. Pure.
import type { Simulated } from "../../compose/simulate-main.ts";
import { count, duration, table } from "../../report/words.ts";
import { exitWords } from "../exit-codes.ts";

const SHOWN_OF_HASH = 16;

/** One run: how its jobs stand in the end. */
export function outcomeLines(
  { seed, finished, posts, postedTwice, virtualMs, hash }: Simulated,
  tookMs: number,
): string[] {
  const { total, success, failed, unconfirmed, held, deferred, pending, skipped } = finished;
  const standing = { posted: success, failed, unconfirmed, held, deferred, pending, skipped };
  const rows = Object.entries(standing).filter(([name, n]) => n > 0 || name === "posted");
  return [
    `Seed ${seed}: ${finished.final_result} after ${count(finished.pass_count, "pass")} and ${count(finished.attempts, "attempt")}; ${duration(virtualMs)} played in ${duration(tookMs)}`,
    ...table(rows.map(([name, n]) => [`  ${name}`, `${n} of ${total}`, ...shareOf(name, finished)])),
    `  On the platform: ${count(posts, "post")}, ${postedTwice === 0 ? "none twice" : `${count(postedTwice, "job")} TWICE`}`,
    `Exit code ${exitWords(finished.exit_code)}`,
    `Event hash: ${hash}`,
  ];
}

function shareOf(name: string, f: Simulated["finished"]): string[] {
  if (name !== "failed") return [];
  const categories = {
    account: f.failed_account,
    content: f.failed_content,
    setup: f.failed_setup,
    infrastructure: f.failed_infrastructure,
    unknown: f.failed_unknown,
  };
  const parts = Object.entries(categories).filter(([, n]) => n > 0);
  return [parts.map(([category, n]) => `${category} ${n}`).join(", ")];
}

/** Many runs: a line each, and what they have in common. */
export function seedsLines(courses: readonly Simulated[], tookMs: number): string[] {
  const head = ["seed", "result", "posted", "failed", "unconfirmed", "passes", "attempts", "played", "event hash"];
  const rows = courses.map(({ seed, finished: f, virtualMs, hash }) => [
    String(seed),
    f.final_result,
    `${f.success} of ${f.total}`,
    String(f.failed),
    String(f.unconfirmed),
    String(f.pass_count),
    String(f.attempts),
    duration(virtualMs),
    hash.slice(0, SHOWN_OF_HASH),
  ]);
  const posted = courses.map(({ finished }) => finished.success).sort((a, b) => a - b);
  const twice = courses.reduce((sum, { postedTwice }) => sum + postedTwice, 0);
  return [
    ...table([head, ...rows]),
    `${count(courses.length, "run")} in ${duration(tookMs)}: posted ${posted[0]} to ${posted.at(-1)}, ${posted[posted.length >> 1]} in the median; twice: ${twice}`,
  ];
}
