// The history of posts: made, unconfirmed, or with an intent; over all runs and campaigns, for ever (3-semantics 3.4, 3.6).

import { statSync } from "node:fs";
import type { Calendar } from "../../core/calendar.ts";
import type { KnownMedia } from "../../core/claim.ts";
import { type Instant, instant, type LocalDay, localDay } from "../../core/ids.ts";
import { limitDay } from "../../core/limits.ts";
import type { NoGo } from "../../core/poster-end.ts";
import type { Database } from "./database.ts";
import { IMPORTED, IS_IMPORTED, IS_OPEN, IS_OURS, IS_UNREAD, STANDS } from "./partial.ts";
import { isWholeSql, wholeOnly } from "./seals.ts";

type PostState = "opaque" | "open" | "posted" | "unconfirmed" | "void";
const IS_WHOLE = isWholeSql("post", "post");
type Sealed = { is_whole: number };

/** Reads rows of posts; one that is not as it was written ends all. `sql` selects `is_whole`. */
function postsBy<T>(db: Database, sql: string, ...params: (string | number | null)[]): T[] {
  const rows = db.all<T & Sealed>(sql, ...params);
  for (const row of rows) wholeOnly(row, "a row of the posts made");
  return rows;
}

export type PostRow = { id: number; state: PostState; job: number | null; attempt: number | null; is_repost: number };

/** By whose days an account's posts count: those of the zone that its limit goes by now. */
export type Days = { zone: string; calendar: Calendar };

/** The limit day that a post begun now counts for; a clock set back never goes behind the account's newest. */
export function dayFor(db: Database, account: number, { now, ...days }: Days & { now: Instant }): LocalDay {
  const ours = `SELECT day, ${IS_WHOLE} AS is_whole FROM post WHERE account = ? AND ${IS_OURS} ORDER BY day DESC LIMIT 1`;
  const imported = `SELECT intent_at, ${IS_WHOLE} AS is_whole FROM ${IMPORTED} WHERE account = ? AND ${IS_IMPORTED} ORDER BY intent_at DESC LIMIT 1`;
  const newest = {
    day: postsBy<{ day: string }>(db, ours, account)[0]?.day ?? null,
    importedAt: postsBy<{ intent_at: number }>(db, imported, account)[0]?.intent_at ?? null,
  };
  return dayAfter(newest, { now, ...days });
}

type Newest = { day: string | null; importedAt: number | null };

/** The limit day of now, by the newest posts of an account: `day` of one of ours, `importedAt` of an earlier program's. */
export function dayAfter(newest: Newest, { now, zone, calendar }: Days & { now: Instant }): LocalDay {
  const today = limitDay(calendar.dayOf(now, zone), newest.day === null ? null : localDay(newest.day));
  const { importedAt } = newest;
  // before now: on no later day than now
  return importedAt === null || importedAt <= now ? today : limitDay(today, calendar.dayOf(instant(importedAt), zone));
}

/** The account's own zone, else `fallback`. */
export function zoneOf(db: Database, account: number, fallback: string): string {
  return (
    db.one<{ timezone: string | null }>("SELECT timezone FROM account WHERE id = ?", account)?.timezone ?? fallback
  );
}

let zone: string | null = null;
/** The system's zone, asked once. */
export function systemZone(): string {
  zone ??= Intl.DateTimeFormat().resolvedOptions().timeZone;
  return zone;
}

/** Places taken in the daily limit: posted, unconfirmed, or with an intent. */
export function postsOn(db: Database, account: number, day: LocalDay, days: Days): number {
  const sql = `SELECT count(*) AS n, coalesce(min(${IS_WHOLE}), 1) AS is_whole FROM post WHERE account = ? AND day = ? AND ${IS_OURS}`;
  return (postsBy<{ n: number }>(db, sql, account, day)[0]?.n ?? 0) + importedOn(db, account, day, days);
}

/** Any day of any zone lies within so long around its noon in UTC. */
const AROUND_NOON_MS = 36 * 3_600_000;

/** One that the files of two campaigns tell of is one post. */
function importedOn(db: Database, account: number, day: LocalDay, days: Days): number {
  const noon = Date.parse(`${day}T12:00Z`);
  const from = instant(noon - AROUND_NOON_MS);
  const sql = `SELECT DISTINCT media, intent_at, ${IS_WHOLE} AS is_whole FROM ${IMPORTED} WHERE account = ? AND ${IS_IMPORTED} AND intent_at BETWEEN ? AND ?`;
  const rows = postsBy<{ intent_at: number }>(db, sql, account, from, noon + AROUND_NOON_MS);
  if (rows.length === 0) return 0;
  const [start, end] = boundsOf(day, from, days);
  return rows.filter((row) => row.intent_at >= start && row.intent_at < end).length;
}

/** From when until when a day lasts that begins after `from`. To ask for the day of each post would cost more. */
function boundsOf(day: LocalDay, from: Instant, { zone, calendar }: Days): [start: Instant, end: Instant] {
  let start = from;
  while (calendar.dayOf(start, zone) < day) start = calendar.nextDay(start, zone);
  const isThere = calendar.dayOf(start, zone) === day; // a zone may leave a day out
  return [start, isThere ? calendar.nextDay(start, zone) : start];
}

/** When the account's newest post was made: at its end, or at its intent where a clock was set back meanwhile. */
export function lastPostAt(db: Database, account: number): Instant | null {
  const sql = `SELECT intent_at, posted_at, ${IS_WHOLE} AS is_whole FROM post WHERE account = ? AND ${STANDS} ORDER BY intent_at DESC LIMIT 1`;
  const [row] = postsBy<{ intent_at: number; posted_at: number | null }>(db, sql, account);
  return row === undefined ? null : instant(Math.max(row.intent_at, row.posted_at ?? 0));
}

export function knownMedia(db: Database, path: string): KnownMedia | null {
  const row = db.one<{ size: number; mtime: number; hash: string }>(
    "SELECT size, mtime, hash FROM media WHERE path = ?",
    path,
  );
  return row === undefined ? null : { size: row.size, mtimeMs: row.mtime, hash: row.hash };
}

/** The media has been read: it is remembered, and imported posts of that path are known by its hash as well. */
export function rememberMedia(db: Database, path: string, media: KnownMedia): void {
  db.run(
    `INSERT INTO media (path, size, mtime, hash) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET size = excluded.size, mtime = excluded.mtime, hash = excluded.hash`,
    path,
    media.size,
    media.mtimeMs,
    media.hash,
  );
  const { hash } = media;
  const unread = `SELECT id, account FROM post INDEXED BY post_unread WHERE media = ? AND ${IS_UNREAD}`;
  for (const { id, account } of db.all<{ id: number; account: number }>(unread, path)) {
    const isRepost = isRepeat(db, { account, hash, attempt: null });
    db.run("UPDATE post SET media_hash = ?, is_repost = ? WHERE id = ?", hash, isRepost ? 1 : 0, id);
  }
}

/** Imported posts have none either: they are not to be left out. */
const NO_ATTEMPT = -1;

type Looked = { account: number; media: string; hash: string | null; attempt: number | null };

/** Whether the account has another post of this hash: a further one is kept as a repost only (`post_once`). */
export function isRepeat(db: Database, { account, hash, attempt }: Omit<Looked, "media">): boolean {
  const sql = `SELECT 1 AS x FROM post WHERE account = ? AND media_hash = ? AND ${STANDS} AND is_repost = 0 AND attempt IS NOT ?`;
  return hash !== null && db.one(sql, account, hash, attempt ?? NO_ATTEMPT) !== undefined;
}

/** What stands against posting this media to this account: its hash, or its path where a hash is not known or an earlier program posted it. */
export function findTwin(db: Database, { account, media, hash, attempt }: Looked): NoGo | null {
  const rows = postsBy<{ state: PostState }>(
    db,
    `SELECT state, ${IS_WHOLE} AS is_whole FROM post WHERE account = ?1 AND state <> 'void' AND media_hash = ?2 AND attempt IS NOT ?4
     UNION ALL
     SELECT state, ${IS_WHOLE} AS is_whole FROM post WHERE account = ?1 AND state <> 'void' AND media = ?3 AND (media_hash IS NULL OR ?2 IS NULL OR attempt IS NULL) AND attempt IS NOT ?4`,
    account,
    hash,
    media,
    attempt ?? NO_ATTEMPT,
  );
  if (rows.some((r) => r.state === "posted")) return "duplicate";
  return rows.length > 0 ? "twin_unconfirmed" : null;
}

/** Whether a post made already has this very file, as far as can be told without reading it. */
export function pathTwin(db: Database, account: number, media: string): boolean {
  const rows = postsBy<{ media_hash: string | null; attempt: number | null }>(
    db,
    `SELECT media_hash, attempt, ${IS_WHOLE} AS is_whole FROM post WHERE account = ? AND media = ? AND ${STANDS} AND state = 'posted'`,
    account,
    media,
  );
  if (rows.length === 0) return false;
  if (rows.some((r) => r.media_hash === null || r.attempt === null)) return true;
  const hash = trustedHash(media, knownMedia(db, media));
  return hash !== null && rows.some((r) => r.media_hash === hash);
}

/** The remembered hash, if the file has not changed since. */
export function trustedHash(path: string, known: KnownMedia | null): string | null {
  if (known === null) return null;
  try {
    const now = statSync(path);
    return now.size === known.size && now.mtimeMs === known.mtimeMs ? known.hash : null;
  } catch {
    return null; // missing, or out of reach: the worker reads it and tells what is wrong
  }
}

export type Intent = {
  account: number;
  job: number;
  attempt: number;
  run: number;
  pass: number;
  media: string;
  hash: string | null;
  captionHash: string | null;
  device: string | null;
  isRepost: boolean;
  day: LocalDay;
  baseline: string | null;
};

/** Writes the intent of an attempt, or moves its opaque one on. */
export function writeIntent(db: Database, intent: Intent, state: "opaque" | "open", at: Instant): void {
  db.run(
    `INSERT INTO post (account, media_hash, media, caption_hash, device, job, attempt, state, is_repost, day, intent_at, baseline, pass, run)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (attempt) DO UPDATE SET state = excluded.state, intent_at = excluded.intent_at, day = excluded.day, baseline = excluded.baseline,
       media_hash = excluded.media_hash`,
    intent.account,
    intent.hash,
    intent.media,
    intent.captionHash,
    intent.device,
    intent.job,
    intent.attempt,
    state,
    intent.isRepost ? 1 : 0,
    intent.day,
    at,
    intent.baseline,
    intent.pass,
    intent.run,
  );
}

export function postOf(db: Database, attempt: number): PostRow | undefined {
  const sql = `SELECT id, state, job, attempt, is_repost, ${IS_WHOLE} AS is_whole FROM post WHERE attempt = ?`;
  return postsBy<PostRow>(db, sql, attempt)[0];
}

/** Twins go on when what they waited for is settled; those that something still stands against stay. @returns how many */
export function freeTwins(db: Database, account: number): number {
  const held = db.all<{ id: number; media: string }>(
    `SELECT id, media FROM job WHERE account = ? AND ${IS_OPEN} AND state = 'held' AND held_by = 'twin'`,
    account,
  );
  const isFree = ({ media }: (typeof held)[number]) =>
    findTwin(db, { account, media, hash: knownMedia(db, media)?.hash ?? null, attempt: null }) !== "twin_unconfirmed";
  const free = held.filter(isFree);
  const isHeld = db.one("SELECT 1 AS x FROM account WHERE id = ? AND hold_cause IS NOT NULL", account) !== undefined;
  const [state, by] = isHeld ? ["held", "account"] : ["pending", null];
  for (const { id } of free) db.run("UPDATE job SET state = ?, held_by = ? WHERE id = ?", state, by, id);
  return free.length;
}
