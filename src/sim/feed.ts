// The feed that simulated looks read: posts as they lie in the sink, each with the time from which it can be seen. Pure.
import type { Look } from "../core/verify.ts";
import type { Scenario, SimulatedOutcome } from "./scenario.ts";

/** One line of the sink: a post that was made, or goes on being made though its attempt has ended. */
export type SimulatedPost = {
  /** Of the tap. ISO-8601, as the next. */
  at: string;
  visible_at: string;
  until_then: "absent" | "pending";
  job: string;
  account: string;
  platform: string;
  media: string;
  attempt: string;
  device: string | null;
  pass: number;
  worker: number;
};

/** An upload that goes on without a time of its own takes this long. */
const UPLOAD_MS = 2_000;

/**
 * When a post made now can be seen, and what is seen of it until then.
 *
 * Units: `atMs` since the epoch.
 */
export function decideFeed(
  { feed }: Pick<Scenario, "feed">,
  { outcome, feed_after_ms, feed_shows }: SimulatedOutcome,
  atMs: number,
): Pick<SimulatedPost, "at" | "visible_at" | "until_then"> {
  const goesOn = outcome === "upload_goes_on";
  const usual = goesOn && feed.after_ms === 0 ? UPLOAD_MS : feed.after_ms;
  return {
    at: new Date(atMs).toISOString(),
    visible_at: new Date(atMs + (feed_after_ms ?? usual)).toISOString(),
    until_then: feed_shows ?? (goesOn ? "pending" : feed.shows),
  };
}

/**
 * What a look at the account's feed answers.
 *
 * @param sink  its text; posts of other runs, and half a last line, do not count
 */
export function lookInFeed(sink: string, who: { job: string; account: string; attempt: string }, nowMs: number): Look {
  const posts = sink
    .split("\n")
    .flatMap(readPost)
    .filter((p) => p.job === who.job && p.account === who.account && runOf(p.attempt) === runOf(who.attempt));
  if (posts.some((p) => Date.parse(p.visible_at) <= nowMs)) return "posted";
  return posts.some((p) => p.until_then === "pending") ? "pending_upload" : "absent";
}

function readPost(line: string): SimulatedPost[] {
  if (line === "") return [];
  try {
    return [JSON.parse(line) as SimulatedPost];
  } catch {
    return []; // half a line: its writer was killed
  }
}

/** Attempts are numbered within their run: `<run>.<number>`. */
const runOf = (attempt: string) => attempt.slice(0, Math.max(0, attempt.lastIndexOf(".")));

/** Which attempt of its run it is, from 1. */
export const nthOf = (attempt: string) => Number(attempt.slice(attempt.lastIndexOf(".") + 1)) || 1;
