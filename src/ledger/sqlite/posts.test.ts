import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { openCalendar } from "../../calendar/temporal-calendar.ts";
import {
  begin,
  job,
  media,
  NOON,
  POSTED,
  ref,
  settings,
  settle,
  states,
  take,
  takeIn,
} from "../contract/world.contract.ts";
import { APPLICATION_ID } from "./database.ts";
import { MIGRATIONS } from "./migrations/migrations.ts";
import { knowSeals } from "./seals.ts";
import { openSqliteLedger } from "./sqlite-ledger.ts";

const deps = { calendar: openCalendar(), now: () => NOON };

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "posts-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("a file out of reach that repeats a post is the worker's to tell of: it ends neither an import nor a claim", async (t) => {
  const folder = folderFor(t);
  const ledger = await openSqliteLedger(join(folder, "ledger.db"), "create", deps);
  t.after(() => ledger.close());
  const one = ledger.campaign("one");
  const videos = join(folder, "videos");
  const file = join(videos, "m.mp4");
  mkdirSync(videos);
  writeFileSync(file, "m");
  await begin(one, [job("a", { media: file }), job("b", { media: file })]);
  const first = await take(one);
  const { size, mtimeMs } = statSync(file);
  await one.claims.recordMedia(ref(first), { size, mtimeMs, hash: "h1" });
  await one.claims.markPublishing(ref(first), { baseline: null }, settings());
  await settle(one, first, POSTED);
  rmSync(videos, { recursive: true });
  symlinkSync(videos, videos); // ELOOP, whoever asks
  assert.throws(() => statSync(file, { throwIfNoEntry: false }), { code: "ELOOP" });
  await takeIn(one, [job("c", { media: file })]);
  assert.deepEqual(await states(one), { a: "success", b: "pending", c: "pending" });
  const claim = await take(one);
  assert.deepEqual([claim.job.id, claim.media], ["b", null]);
});

test("posts that an older version took in are known by the hash of a file read since", async (t) => {
  const file = join(folderFor(t), "ledger.db");
  const db = new DatabaseSync(file);
  knowSeals(db);
  db.exec("PRAGMA journal_mode = WAL");
  for (const migration of MIGRATIONS.slice(0, 9)) db.exec(migration);
  db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 9;
    INSERT INTO account (id, platform, name) VALUES (1, 'default', 'anna');
    INSERT INTO media (path, size, mtime, hash) VALUES ('/media/old.mp4', 10, 1, 'h1');`);
  const post = db.prepare(
    `INSERT INTO post (account, media, state, is_repost, day, intent_at, posted_at) VALUES (1, '/media/old.mp4', 'posted', 0, '2026-11-01', ?, ?)`,
  );
  for (const at of [1, 2]) post.run(at, at);
  db.close();
  const ledger = await openSqliteLedger(file, "existing", deps);
  t.after(() => ledger.close());
  const one = ledger.campaign("one");
  await begin(one, [job("copy")]);
  const claim = await take(one);
  assert.deepEqual(await one.claims.recordMedia(ref(claim), media("h1")), { go: false, reason: "duplicate" });
});
