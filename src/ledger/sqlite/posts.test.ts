import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openCalendar } from "../../calendar/temporal-calendar.ts";
import { begin, job, NOON, POSTED, ref, settings, settle, states, take, takeIn } from "../contract/world.contract.ts";
import { openSqliteLedger } from "./sqlite-ledger.ts";

test("a file out of reach that repeats a post is the worker's to tell of: it ends neither an import nor a claim", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "posts-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const deps = { calendar: openCalendar(), now: () => NOON };
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
  const { job: b, media } = await take(one);
  assert.deepEqual([b.id, media], ["b", null]);
});
