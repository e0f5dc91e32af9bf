// What a demo has shown, in plain words, told from its events alone. Pure.
import type { EventLine, RunFinished } from "../../core/events.ts";
import { harmless } from "../../report/harmless.ts";
import { count, duration, moment } from "../../report/words.ts";

/** What is remembered of the events. */
export type DemoSeen = {
  faults: Map<string, number>;
  rateLimits: number;
  contents: { job: string; cause: string }[];
  crashes: number;
  held: { account: string; cause: string; others: number }[];
  unconfirmed: string[];
  found: Set<string>;
  absent: Set<string>;
  deferred: number;
  dueAt: string | null;
};

export const newSeen = (): DemoSeen => ({
  faults: new Map(),
  rateLimits: 0,
  contents: [],
  crashes: 0,
  held: [],
  unconfirmed: [],
  found: new Set(),
  absent: new Set(),
  deferred: 0,
  dueAt: null,
});

/** Takes one event in. */
export function see(seen: DemoSeen, line: EventLine): void {
  switch (line.type) {
    case "attempt.finished":
      seeEnd(seen, line);
      return;
    case "worker.exited":
      if (!line.expected) seen.crashes++;
      return;
    case "account.held":
      seen.held.push({ account: line.account, cause: line.cause, others: line.jobs_held });
      return;
    case "job.verified":
      if (line.result === "posted") seen.found.add(line.job);
      if (line.result === "not_posted") seen.absent.add(line.job);
      return;
    case "job.deferred":
      seen.dueAt = line.until;
      return;
    case "run.finished":
      seen.deferred = line.deferred;
      return;
    default:
      return;
  }
}

function seeEnd(seen: DemoSeen, line: Extract<EventLine, { type: "attempt.finished" }>): void {
  if (line.outcome === "unconfirmed") seen.unconfirmed.push(line.job);
  if (line.outcome !== "failed" || line.failure === null) return;
  const { category, cause } = line.failure;
  if (cause === "rate_limited") seen.rateLimits++;
  else if (category === "content") seen.contents.push({ job: line.job, cause });
  else if (category === "infrastructure") seen.faults.set(cause, (seen.faults.get(cause) ?? 0) + 1);
}

type End = { finished: RunFinished; posts: readonly { job: string }[]; sink: string; tookMs: number };

/** A line for each thing that was seen; nothing that was not. */
export function storyOf(seen: DemoSeen, { finished, posts, sink, tookMs }: End): string[] {
  const repeated = posts.length - new Set(posts.map((p) => p.job)).size;
  const witness =
    repeated === 0
      ? `The feed's own record has ${count(posts.length, "post")}, and no job in it twice: ${sink}`
      : `The feed's own record has ${count(repeated, "job")} twice. That is a bug: ${sink}`;
  const told = [...faultLines(seen), ...accountLines(seen), ...unconfirmedLines(seen), ...limitLines(seen)];
  return [
    "",
    `What you saw: ${count(finished.total, "job")}, ${count(finished.attempts, "attempt")}, ${count(finished.pass_count, "pass")}, ${duration(tookMs)}. Workers, ledger and passes were real; phones and posts were not.`,
    ...told.map((text) => (text.startsWith(" ") ? `  ${text}` : `  - ${text}`)),
    `  = ${finished.success} posted. ${witness}`,
  ];
}

function faultLines({ faults, crashes, contents }: DemoSeen): string[] {
  const lines: string[] = [];
  const n = [...faults.values()].reduce((sum, one) => sum + one, 0);
  const causes = [...faults].map(([cause, times]) => `${cause} ${times}`).join(", ");
  if (n > 0) {
    lines.push(
      `${count(n, "attempt")} failed for the phone's, the network's or a worker's sake (${causes}). The next pass tried those jobs again, and only those.`,
    );
  }
  if (crashes > 0) {
    lines.push(
      `${count(crashes, "worker")} killed in the middle of a job. A new one took the place; the others did not notice.`,
    );
  }
  for (const { job, cause } of contents) {
    lines.push(`${harmless(job)} can't be posted as it is (content: ${harmless(cause)}). No retry was spent on it.`);
  }
  return lines;
}

function accountLines({ held }: DemoSeen): string[] {
  return held.map(
    ({ account, cause, others }) =>
      `Account ${harmless(account)} turned out ${harmless(cause)}. It is held, with ${count(others, "more job")} that nobody tried in vain; only a person releases it.`,
  );
}

function unconfirmedLines({ unconfirmed, found, absent }: DemoSeen): string[] {
  if (unconfirmed.length === 0) return [];
  const lines = [
    `${count(unconfirmed.length, "post")} got lost between tap and proof (${unconfirmed.map(harmless).join(", ")}): maybe live, so not tried again but looked for.`,
  ];
  if (found.size > 0) lines.push(`  ${found.size} found in the feed: posted, once (${names(found)}).`);
  if (absent.size > 0)
    lines.push(`  ${absent.size} absent, and still absent later: proved not posted, tried again (${names(absent)}).`);
  return lines;
}

const names = (jobs: ReadonlySet<string>) => [...jobs].map(harmless).join(", ");

function limitLines({ rateLimits, deferred, dueAt }: DemoSeen): string[] {
  const lines: string[] = [];
  if (rateLimits > 0)
    lines.push(
      `The provider asked to wait ${rateLimits === 1 ? "once" : `${rateLimits} times`}. It was waited, and no retry was charged.`,
    );
  if (deferred > 0) {
    const when = dueAt === null ? "" : ` until ${moment(dueAt)}`;
    lines.push(`${count(deferred, "job")} beyond the daily limit of their account: deferred${when}, not failed.`);
  }
  return lines;
}
