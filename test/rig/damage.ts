// Damages copies of a ledger in many ways and asks who notices: the opening, a run's reads, the doctor; or nobody.
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openCalendar } from "../../src/calendar/temporal-calendar.ts";
import { instant, jobId } from "../../src/core/ids.ts";
import {
  attempt,
  begin,
  job,
  limited,
  POSTED,
  REJECTED,
  UNKNOWN_END,
} from "../../src/ledger/contract/world.contract.ts";
import { type Ledger, LedgerError } from "../../src/ledger/ledger.ts";
import { inspectLedger } from "../../src/ledger/sqlite/inspect.ts";
import { knowSeals } from "../../src/ledger/sqlite/seals.ts";
import { openSqliteLedger } from "../../src/ledger/sqlite/sqlite-ledger.ts";

/** Who noticed. `harmless`: nobody, and every intent, outcome and order reads as before. `silent`: nobody, and one does not. */
export type Notice = "opening" | "reading" | "doctor" | "harmless" | "silent";
export type Damage = (file: string, draw: () => number) => void;

const deps = { calendar: openCalendar(), now: () => instant(Date.now()) };
const open = (file: string) => openSqliteLedger(file, "existing", deps);

/** A sound ledger: posts made, failures, posts that nobody knows of, open jobs. */
export async function makeLedger(file: string, jobs: number): Promise<void> {
  const ledger = await openSqliteLedger(file, "create", deps);
  const one = ledger.campaign("one");
  const rows = Array.from({ length: jobs }, (_, i) =>
    job(`j${i}`, { account: `acct${i % 37}`, media: `/media/${i}.mp4` }),
  );
  await begin(one, rows, limited(0));
  for (let i = 0; i < jobs * 0.9; i++) {
    const end = [POSTED, POSTED, POSTED, REJECTED, UNKNOWN_END][i % 5] ?? POSTED;
    await attempt(one, end, limited(0), `hash-${i}`);
  }
  await ledger.close();
}

export const overwrite =
  (bytes: number): Damage =>
  (file, draw) => {
    const content = readFileSync(file);
    const at = Math.floor(draw() * (content.length - bytes));
    for (let i = at; i < at + bytes; i++) content[i] = ((content[i] ?? 0) + 1 + Math.floor(draw() * 255)) % 256;
    writeFileSync(file, content);
  };
export const truncated: Damage = (file, draw) => truncateSync(file, Math.floor(draw() * readFileSync(file).length));
export const emptied: Damage = (file) => truncateSync(file, 0);
export const foreign: Damage = (file, draw) => {
  rmSync(file);
  if (draw() < 0.5) return writeFileSync(file, Buffer.alloc(20_000, "not a ledger "));
  const db = new DatabaseSync(file);
  db.exec("CREATE TABLE job (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO job (name) VALUES ('somebody else''s')");
  db.close();
};
export const newer: Damage = (file, draw) => {
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA user_version = ${50 + Math.floor(draw() * 50)}`);
  db.close();
};

/** The same damage to `trials` copies of `file`. */
export async function tryDamage(
  file: string,
  damage: Damage,
  trials: number,
  seed: number,
): Promise<Record<Notice, number>> {
  const counts: Record<Notice, number> = { opening: 0, reading: 0, doctor: 0, harmless: 0, silent: 0 };
  const sound = whatMatters(file);
  const draw = drawing(seed);
  const folder = mkdtempSync(join(tmpdir(), "reprise-damage-"));
  try {
    for (let i = 0; i < trials; i++) {
      const copy = join(folder, `${i}.db`);
      copyFileSync(file, copy);
      damage(copy, draw);
      counts[await noticed(copy, sound)]++;
      for (const end of ["", "-wal", "-shm"]) rmSync(`${copy}${end}`, { force: true });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return counts;
}

async function noticed(file: string, sound: string): Promise<Notice> {
  let ledger: Ledger;
  try {
    ledger = await open(file);
  } catch (error) {
    return ours(error, "opening");
  }
  try {
    await readAll(ledger);
  } catch (error) {
    return ours(error, "reading");
  } finally {
    await ledger.close().catch(() => undefined);
  }
  try {
    if ((inspectLedger(file, "all")?.faults.length ?? 1) > 0) return "doctor";
  } catch (error) {
    return ours(error, "doctor");
  }
  return whatMatters(file) === sound ? "harmless" : "silent";
}

function ours(error: unknown, notice: Notice): Notice {
  if (error instanceof LedgerError || (error as { code?: string }).code === "ERR_SQLITE_ERROR") return notice;
  if (error instanceof SyntaxError) return notice; // a column that is no JSON any more: the command ends with it
  throw error;
}

/** All that the program reads of intents and outcomes. */
async function readAll(ledger: Ledger): Promise<void> {
  const one = ledger.campaign("one");
  await one.looks.list();
  await one.runs.openAttempts();
  await one.views.counts();
  const { jobs } = await one.views.jobs({}, { limit: 10_000, after: 0 });
  for (const { id } of jobs) await one.views.job(jobId(id));
}

/** Every intent, outcome and order, row by row; and what the indexes find of them. */
function whatMatters(file: string): string {
  if (!existsSync(file)) return "";
  const db = new DatabaseSync(file, { readOnly: true });
  knowSeals(db);
  try {
    const all = (sql: string) => JSON.stringify(db.prepare(sql).all());
    return [
      all("SELECT * FROM post ORDER BY id"),
      all(
        "SELECT id, key, run, pass, job, account, phase, fence, charge, failure, url, reason, day FROM attempt ORDER BY id",
      ),
      all(
        "SELECT id, key, account, platform, media, caption, allow_repost, data, state, category, cause FROM job ORDER BY id",
      ),
      all("SELECT id, platform, name FROM account ORDER BY id"),
      all(
        "SELECT p.id FROM account a JOIN post p ON p.account = a.id AND p.media_hash IS NOT NULL AND p.state <> 'void' AND p.is_repost = 0 ORDER BY p.id",
      ),
    ].join("\n");
  } catch (error) {
    return String(error);
  } finally {
    db.close();
  }
}

/** Numbers in [0, 1) from a seed (mulberry32). */
function drawing(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
