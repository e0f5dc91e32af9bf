// A ledger file that is not what it was: refused, each time with what to do (3-semantics 3.4, "intent before the tap", needs it).
import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import test, { type TestContext } from "node:test";
import { openCalendar } from "../../calendar/temporal-calendar.ts";
import { instant } from "../../core/ids.ts";
import { attempt, begin, job, limited, POSTED, take, takeIn, UNKNOWN_END } from "../contract/world.contract.ts";
import type { Ledger, LedgerError } from "../ledger.ts";
import { inspectLedger } from "./inspect.ts";
import { knowSeals } from "./seals.ts";
import { openSqliteLedger } from "./sqlite-ledger.ts";
import { checkBeforeRun } from "./start-check.ts";

const deps = { calendar: openCalendar(), now: () => instant(Date.now()) };
const open = (file: string) => openSqliteLedger(file, "create", deps);

function place(t: TestContext, name = "ledger.db"): string {
  const folder = mkdtempSync(join(tmpdir(), "reprise-safety-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, name);
}

/** One post made, one that nobody knows of, one open job. Not closed. */
async function used(file: string): Promise<Ledger> {
  const ledger = await open(file);
  const one = ledger.campaign("one");
  await begin(one, [job("a"), job("b"), job("c")], limited(0));
  await attempt(one, POSTED, limited(0), "h1");
  await attempt(one, UNKNOWN_END, limited(0), "h2");
  return ledger;
}

/** As damage would, not as a writer: the triggers are away meanwhile. */
function scratch(file: string, sql: string): void {
  const db = new DatabaseSync(file);
  knowSeals(db);
  const triggers = db.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").all();
  for (const { name } of triggers) db.exec(`DROP TRIGGER ${name}`);
  db.exec(`PRAGMA foreign_keys = OFF; ${sql}`);
  for (const t of triggers) db.exec(String(t.sql));
  db.close();
}

const refusedAs = (code: LedgerError["code"], words: RegExp) => (error: unknown) => {
  assert.equal((error as LedgerError).code, code, String(error));
  assert.match((error as LedgerError).message, words);
  return true;
};

const damages: [what: string, sql: string, reader: (ledger: Ledger) => Promise<unknown>][] = [
  [
    "a post made that turned void",
    "UPDATE post SET state = 'void' WHERE state = 'posted'",
    () => Promise.reject(Object.assign(new Error("reprise doctor --ledger"), { code: "damaged" })), // no read finds what is void
  ],
  [
    "an unconfirmed post with another time",
    "UPDATE post SET intent_at = 5 WHERE state = 'unconfirmed'",
    (ledger) => ledger.campaign("one").looks.list(),
  ],
  [
    "a post of another day",
    "UPDATE post SET day = '2020-01-01'",
    (ledger) => ledger.campaign("one").claims.peek(limited(1)),
  ],
  [
    "an order with another caption",
    "UPDATE job SET caption = 'buy now' WHERE key = 'c'",
    (ledger) => take(ledger.campaign("one"), limited(0)),
  ],
];

for (const [what, sql, reads] of damages)
  test(`${what} is found when it is read, before a run, and by the doctor`, async (t) => {
    const file = place(t);
    await (await used(file)).close();
    scratch(file, sql);
    const ledger = await open(file);
    await assert.rejects(reads(ledger), refusedAs("damaged", /reprise doctor --ledger/));
    await ledger.close();
    await assert.rejects(checkBeforeRun(file), refusedAs("damaged", /not what was written.*reprise restore BACKUP/));
    assert.match(String(inspectLedger(file, "all")?.faults), /not what was written/);
  });

test("a post that vanished is missed before a run and by the doctor", async (t) => {
  const file = place(t);
  await (await used(file)).close();
  scratch(file, "DELETE FROM post WHERE state = 'posted'");
  await assert.rejects(
    checkBeforeRun(file),
    refusedAs("damaged", /2 intents and posts made were written, 1 are there/),
  );
});

test("damage to a post is not written over: the attempt that owns it can't end", async (t) => {
  const file = place(t);
  const ledger = await used(file);
  await ledger.close();
  scratch(file, "UPDATE post SET baseline = 'other'");
  const again = await open(file);
  await assert.rejects(
    again.campaign("one").desk.markNotPosted([job("b").id], "olga"),
    refusedAs("damaged", /a row of (the posts made|post) is not what was written/),
  );
  await again.close();
});

test("a large ledger is looked at in a thread of its own, with the same answer", async (t) => {
  const file = place(t);
  const ledger = await open(file);
  const text = "x".repeat(900);
  await takeIn(
    ledger.campaign("one"),
    Array.from({ length: 1_000 }, (_, i) => job(`j${i}`, { caption: text })),
  );
  await ledger.close();
  assert.ok(statSync(file).size > 500_000);
  await checkBeforeRun(file);
  scratch(file, "UPDATE job SET caption = 'other' WHERE key = 'j7'");
  await assert.rejects(checkBeforeRun(file), refusedAs("damaged", /1 of the jobs are not what was written/));
});

test("copied without its log while in use, it is refused; together they are whole", async (t) => {
  const file = place(t);
  const ledger = await used(file);
  const [alone, both] = [place(t), place(t)];
  for (const to of [alone, both]) copyFileSync(file, to);
  copyFileSync(`${file}-wal`, `${both}-wal`);
  await ledger.close();
  await assert.rejects(
    open(alone),
    refusedAs("damaged", /ledger\.db-wal is missing: the newest entries.*reprise restore BACKUP/),
  );
  assert.throws(() => inspectLedger(alone, "pages"), refusedAs("damaged", /-wal is missing/));
  const whole = await open(both);
  assert.equal((await whole.campaign("one").views.counts()).success, 1);
  await whole.close();
});

test("killed and opened by a reader alone, it stays one that may be opened", async (t) => {
  const file = place(t);
  const ledger = await used(file);
  const killed = place(t);
  for (const end of ["", "-wal"]) copyFileSync(`${file}${end}`, `${killed}${end}`); // as kill -9 leaves it
  await ledger.close();
  for (let i = 0; i < 2; i++) {
    const reader = await open(killed);
    assert.equal((await reader.campaign("one").views.counts()).unconfirmed, 1);
    await reader.close();
    assert.equal(existsSync(`${killed}-wal`), false, "its log was taken in");
  }
});

test("a log whose ledger is gone is not put under a new one", async (t) => {
  const file = place(t);
  const ledger = await used(file);
  const lonely = place(t);
  copyFileSync(`${file}-wal`, `${lonely}-wal`);
  await ledger.close();
  await assert.rejects(open(lonely), refusedAs("missing", /is gone, yet its log .*-wal is there: put the ledger back/));
  assert.equal(existsSync(lonely), false);
});

test("another ledger's log beside it is found before a run", async (t) => {
  const [file, other] = [place(t), place(t)];
  const ledger = await used(file);
  const stranger = await open(other);
  await begin(stranger.campaign("two"), [job("x"), job("y")]);
  const wal = `${other}-kept`;
  copyFileSync(`${other}-wal`, wal); // closing takes it away
  await Promise.all([ledger.close(), stranger.close()]);
  renameSync(wal, `${file}-wal`);
  await assert.rejects(async () => {
    const opened = await open(file);
    await opened.close();
    await checkBeforeRun(file);
  }, /damaged|malformed|not what was written|were written/);
});

test("it is nobody else's to read", async (t) => {
  const file = place(t);
  const ledger = await used(file);
  for (const end of ["", "-wal", "-shm"]) assert.equal(statSync(`${file}${end}`).mode & 0o777, 0o600, end);
  await ledger.close();
});

test("an empty file beside a log is refused and not filled", async (t) => {
  const file = place(t);
  writeFileSync(file, "");
  await assert.rejects(open(file), refusedAs("foreign", /is empty: not a ledger/));
  assert.equal(statSync(file).size, 0);
});
