// Why a job is where it is: its chain in words, from what the ledger keeps of it alone.
import { followChain, type Link, shownChainState } from "../core/chain.ts";
import { mayRetry, type RetryPolicy, type Spent } from "../core/retry.ts";
import type { AttemptView, JobStory, JobView, MoveView } from "../ledger/ledger.ts";
import { brief, harmless } from "./harmless.ts";
import { duration, moment } from "./words.ts";

/** The whole chain, oldest first, then where that leaves it and what happens next. */
export function whyLines(story: JobStory, prefix: string): string[] {
  const { job, attempts, moves, retries } = story;
  const chain = followChain(attempts, moves);
  return [
    `Job ${harmless(job.id)} of ${harmless(job.account ?? "no account yet")} is ${job.state}.`,
    `  from ${harmless(job.source)}: ${harmless(job.media)}`,
    ...chain.links.flatMap((link) => linkLines(link, retries)),
    ...(chain.gaps.length === 0 ? [] : [`Its chain has gaps: ${chain.gaps.map(harmless).join("; ")}`]),
    `Now: ${decision(story, chain.spent, prefix)}`,
  ];
}

/** The same for scripts. `state`: what the chain leads to; equal to the job's own state unless `gaps` says why not. */
export function whyJson({ attempts, moves, retries }: JobStory): object {
  const { links, state, spent, gaps } = followChain(attempts, moves);
  return { chain: links.map((link) => linkJson(link, retries)), state: shownChainState(state), spent, gaps };
}

type Of = Link<AttemptView, MoveView>;
type Retries = JobStory["retries"];

function linkLines(link: Of, retries: Retries): string[] {
  return link.type === "moved" ? [`${moment(link.move.at)}  ${moveWords(link.move)}`] : attemptLines(link, retries);
}

function attemptLines(
  { nr, attempt: a, before, after, to }: Extract<Of, { type: "attempt" }>,
  retries: Retries,
): string[] {
  const took = a.endedAt === null ? "still open" : duration(a.endedAt - a.startedAt);
  const where = `worker ${a.worker}${a.device === null ? "" : ` on ${harmless(a.device)}`}`;
  const lines = [
    `${moment(a.startedAt)}  attempt ${nr} (run ${a.run}, pass ${a.pass}, ${where}): ${a.endedAs} at ${harmless(a.step)} after ${took}`,
  ];
  const more = (label: string, text: string) => lines.push(`    ${label.padEnd(9)} ${text}`);
  if (a.endedAs === "cancelled")
    more("because", `${CANCELLED[a.reason ?? ""] ?? harmless(a.reason ?? "unknown")}; nothing is charged`);
  if (a.endedAs === "posted") more("post", harmless(a.url ?? "no link given"));
  if (a.endedOf === null) return lines;
  const { category, cause, rule, why, evidence } = a.endedOf;
  const facts = Object.entries(evidence).filter(([key, value]) => key !== "message" && value !== undefined);
  more("evidence", brief(evidence.message, 300));
  if (facts.length > 0) more("facts", brief(facts.map(factText).join(", "), 300));
  more("rule", `${harmless(rule)}: ${brief(why, 200)}`);
  more("judged", `${harmless(category)}/${harmless(cause)}${a.causeId === null ? "" : `, cause ${a.causeId}`}`);
  more("budget", budget({ before, after, charge: a.charge, policy: retries[a.run] }));
  more("decided", to === "failed" ? (FAILED[category] ?? "it failed") : (DECIDED[to] ?? `it is ${to}`));
  return lines;
}

const factText = ([key, value]: [string, unknown]) =>
  `${key} ${typeof value === "string" ? value : JSON.stringify(value)}`;

const CANCELLED: Readonly<Record<string, string>> = {
  stopped: "the run was stopped before the tap",
  halted: "the run halted before the tap",
  own_crash: "reprise itself was killed before the tap",
  no_go: "its intent was refused",
};
const DECIDED: Readonly<Record<string, string>> = {
  unconfirmed: "it may be live: never tried again before that is settled",
  claimed: "it goes elsewhere",
};

const FAILED: Readonly<Record<string, string>> = {
  account: "failed, and its account is held until a person releases it",
  content: "failed: another try would not help",
  infrastructure: "failed: tried again while its budget lasts",
  unknown: "failed: tried again while its budget lasts",
};

type Charged = { before: Spent; after: Spent; charge: string | null; policy: RetryPolicy | undefined };

/** Attempts that count, of those allowed: `infrastructure 0 of 4 before, 1 of 4 after`. */
function budget({ before, after, charge, policy }: Charged): string {
  if (charge === "rateLimits")
    return `an answer to slow down, not charged: ${before.rateLimits} of them before, ${after.rateLimits} after`;
  if (charge !== "infrastructure" && charge !== "unknown") return "nothing charged";
  const of = policy === undefined ? "" : ` of ${policy[charge] + 1}`;
  return `${charge} ${before[charge]}${of} before, ${after[charge]}${of} after`;
}

/** What a move says: who, what, why. */
function moveWords({ from, to, by, why, heldBy, until }: MoveView): string {
  const who = by === null ? "" : by === "verify" ? " by a look" : ` by ${by === "person" ? "a person" : harmless(by)}`;
  const reason = why === null ? "" : `: ${harmless(why.replaceAll("_", " "))}`;
  if (from === to) return `looked for${who}${reason}`;
  if (from === "taken_in") return `taken in as ${to}${reason}`;
  if (to === "held")
    return `held ${heldBy === "person" ? "" : heldBy === "account" ? "with its account" : "behind an unconfirmed twin"}${who}${reason}`.replace(
      "held  by",
      "held by",
    );
  if (to === "deferred" || to === "waiting")
    return `waits until ${until === null ? "its time" : moment(until)}${reason}`;
  if (to === "parked") return "pending, but not in this pass: the set-up has to be put right";
  if (to === "skipped") return `skipped${reason}`;
  if (to === "pending") return `pending again${who}${reason === "" ? `: ${BACK[from] ?? `it was ${from}`}` : reason}`;
  return `settled as ${to === "success" ? "posted" : to}${who}${reason}`;
}

const BACK: Readonly<Record<string, string>> = {
  failed: "its budget allows another try",
  waiting: "its time has come",
  deferred: "its time has come, or limits are looked at anew",
  parked: "the set-up may have been put right",
  held: "what held it is over",
  claimed: "its attempt cost nothing",
};

/** What happens to it by itself, or what has to be done. */
export function decision({ job, attempts, retries }: JobStory, spent: Spent, prefix: string): string {
  const id = harmless(job.id);
  switch (job.state) {
    case "success":
      return "posted; nothing to do";
    case "skipped":
      return "this account has this media already; nothing to do (allow_repost on the job would change that)";
    case "claimed":
      return "being attempted";
    case "pending":
      return "posted by the next pass or run";
    case "deferred":
      return job.wakeAt === null
        ? "waits"
        : `waits for ${harmless((job.wakeReason ?? "its time").replaceAll("_", " "))} until ${moment(job.wakeAt)}`;
    case "unconfirmed":
      return `may be live, so it is never tried again by itself: ${prefix} verify ${id}, or look and use jobs mark-posted or mark-not-posted`;
    case "held":
      return heldDecision(job, prefix);
    case "failed":
      return failedDecision(job, { spent, policy: retries[attempts.at(-1)?.run ?? ("" as never)], prefix });
  }
}

function heldDecision(job: JobView, prefix: string): string {
  if (job.heldBy === "account")
    return `waits for its account: ${prefix} accounts release ${harmless(job.account ?? "")}`;
  if (job.heldBy === "twin") return "waits until its unconfirmed twin is settled";
  return `waits for a person: ${prefix} jobs release ${harmless(job.id)}`;
}

type Left = { spent: Spent; policy: RetryPolicy | undefined; prefix: string };

function failedDecision({ id, category }: JobView, { spent, policy, prefix }: Left): string {
  const isRetried = category === "infrastructure" || category === "unknown";
  if (!isRetried || policy === undefined)
    return `a retry would not help (${category ?? "no category"}); after a change: ${prefix} jobs retry ${harmless(id)}`;
  if (mayRetry(category, spent, policy)) return "tried again in the next pass or run";
  return "its retries of this run are used up; the next run tries it again";
}

// --- for scripts ------------------------------------------------------------------------------------------------------

function linkJson(link: Of, retries: Retries): object {
  if (link.type === "moved") {
    const { at, from, to, heldBy, until, why, by } = link.move;
    return { type: "moved", at: iso(at), from, to, held_by: heldBy, until: iso(until), why, by };
  }
  const { nr, attempt: a, before, after, to } = link;
  const { category, cause, rule, why, evidence } = a.endedOf ?? {};
  const failure = a.endedOf === null ? null : { category, cause, cause_id: a.causeId, rule, why };
  return {
    type: "attempt",
    nr,
    attempt: a.attempt,
    run: a.run,
    pass: a.pass,
    worker: a.worker,
    device: a.device,
    started_at: iso(a.startedAt),
    ended_at: iso(a.endedAt),
    step: a.step,
    ended_as: a.endedAs,
    reason: a.reason,
    failure,
    evidence: evidence ?? null,
    charge: a.charge,
    budget: retries[a.run] ?? null,
    spent_before: before,
    spent_after: after,
    to,
    url: a.url,
  };
}

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());
