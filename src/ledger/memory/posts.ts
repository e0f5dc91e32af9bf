// The history of posts: with an intent, unconfirmed, or made; over all runs and campaigns, for ever (3-semantics 3.4, 3.6).
import type { Calendar } from "../../core/calendar.ts";
import type { KnownMedia } from "../../core/claim.ts";
import { type Instant, instant, type LocalDay } from "../../core/ids.ts";
import { type AccountFacts, type AccountLimits, limitDay } from "../../core/limits.ts";
import type { MediaFiles } from "../ledger.ts";
import { mediaKey } from "../ledger-rules.ts";
import type { AccountRecord, AttemptRecord, JobRecord, MemoryStore, PostRecord } from "./store.ts";

type When = { now: Instant; calendar: Calendar };
type Looked = { job: JobRecord; hash: string | null; own: PostRecord | null };

/** What stands against posting this job's media to this account. A job's own post stands even against an allowed repost. */
export function twinOf(account: AccountRecord, { job, hash, own }: Looked): "duplicate" | "twin_unconfirmed" | null {
  const others = account.posts.filter((p) => p !== own);
  if (others.some((p) => p.job === job && p.state === "posted")) return "duplicate";
  if (job.spec.allowRepost) return null;
  const key = mediaKey(job.spec.media);
  const same = others.filter((p) => isSameMedia(p, key, hash));
  if (same.some((p) => p.state === "posted")) return "duplicate";
  return same.length > 0 ? "twin_unconfirmed" : null;
}

/** By hash where both are known; imported posts by their path as well. */
function isSameMedia(post: PostRecord, key: string, hash: string | null): boolean {
  if (hash !== null && post.hash === hash) return true;
  const isImported = post.day === null;
  return (isImported || hash === null || post.hash === null) && post.key === key;
}

/** What the account has done, for `decideEligibility`. `own` is left out of the count. */
export function factsOf(
  account: AccountRecord,
  limits: AccountLimits,
  { now, calendar, own = null }: When & { own?: PostRecord | null },
): AccountFacts {
  const day = dayFor(account, limits.zone, { now, calendar });
  const posts = account.posts.filter((p) => p !== own);
  return {
    isHeld: account.hold !== null,
    postsToday: posts.filter((p) => dayOf(p, limits.zone, calendar) === day).length,
    lastPostAt: lastPostAt(posts),
  };
}

/** When the newest post was made: at its end, or at its intent where a clock was set back meanwhile. */
function lastPostAt(posts: readonly PostRecord[]): Instant | null {
  if (posts.length === 0) return null;
  const { intentAt, postedAt } = posts.reduce((a, b) => (b.intentAt > a.intentAt ? b : a));
  return instant(Math.max(intentAt, postedAt ?? 0));
}

const dayOf = ({ day, intentAt }: PostRecord, zone: string, calendar: Calendar): LocalDay =>
  day ?? calendar.dayOf(intentAt, zone);

/** The limit day that a post begun now counts for. */
export function dayFor(account: AccountRecord, zone: string, { now, calendar }: When): LocalDay {
  const newest = account.posts.reduce<LocalDay | null>((day, post) => {
    const its = dayOf(post, zone, calendar);
    return day !== null && day > its ? day : its;
  }, null);
  return limitDay(calendar.dayOf(now, zone), newest);
}

/** Writes the intent of an attempt, or moves its opaque one on. The day is fixed here. */
export function writeIntent(
  attempt: AttemptRecord,
  baseline: string | null,
  when: When & { zone: string },
): PostRecord {
  const { account, job } = attempt;
  const day = dayFor(account, when.zone, when);
  const intent = { day, intentAt: when.now, baseline, hash: attempt.media?.hash ?? null };
  if (attempt.post !== null) return Object.assign(attempt.post, intent);
  attempt.post = addPost(account, job, { ...intent, state: "open" });
  return attempt.post;
}

/** Adds a post to the account's history. */
export function addPost(
  account: AccountRecord,
  job: JobRecord,
  about: Pick<PostRecord, "state" | "hash" | "day" | "intentAt"> & Partial<PostRecord>,
): PostRecord {
  const key = mediaKey(job.spec.media);
  const post: PostRecord = { postedAt: null, baseline: null, absentSince: null, lookAt: null, ...about, job, key };
  account.posts.push(post);
  return post;
}

/** Provably not out: its place in the limit is given back. */
export function voidPost(attempt: AttemptRecord): void {
  const { post, account } = attempt;
  if (post === null || post.state === "posted") return;
  account.posts = account.posts.filter((p) => p !== post);
  attempt.post = null;
}

/** Imported posts of the account whose media was never read. */
export const unreadOf = (account: AccountRecord): PostRecord[] =>
  account.posts.filter((p) => p.day === null && p.hash === null);

/** Reads imported posts of the account that may be this very file under another path: those of its size. */
export async function readAlike(account: AccountRecord, { size }: KnownMedia, files: MediaFiles) {
  const found: { path: string; media: KnownMedia }[] = [];
  for (const { key } of unreadOf(account)) {
    const media = (await files.sizeOf(key)) === size ? await files.read(key) : null;
    if (media !== null) found.push({ path: key, media });
  }
  return found;
}

/** The media has been read: it is remembered, and an imported post of that path is known by its hash as well. */
export function rememberMedia(store: MemoryStore, path: string, media: KnownMedia): void {
  store.media.set(path, media);
  for (const post of store.unread.get(mediaKey(path)) ?? []) post.hash = media.hash;
  store.unread.delete(mediaKey(path));
}

/**
 * Keeps a post that an earlier program made: known by its path, and by its hash once its media is read. One that the files of two
 * campaigns tell of is kept once.
 */
export function importPost(store: MemoryStore, job: JobRecord, account: AccountRecord, at: Instant): void {
  const key = mediaKey(job.spec.media);
  if (account.posts.some((p) => p.day === null && p.key === key && p.intentAt === at)) return;
  const hash = store.media.get(job.spec.media)?.hash ?? null;
  const post = addPost(account, job, { state: "posted", hash, day: null, intentAt: at, postedAt: at });
  if (hash === null) store.unread.set(post.key, [...(store.unread.get(post.key) ?? []), post]);
}
