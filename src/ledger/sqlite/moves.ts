// What happened to jobs besides their attempts: rows made by triggers (migrations/0005-moves.ts), signed here where somebody did it.
import { instant } from "../../core/ids.ts";
import type { HeldBy } from "../../core/job.ts";
import type { MoveView } from "../ledger.ts";
import type { Database } from "./database.ts";
import type { Tx } from "./writer.ts";

/** Does it, and notes who did it and why with every job it moves. */
export function signed<T>({ db, now }: Tx, sign: { by: string | null; why: string | null }, work: () => T): T {
  const before = db.one<{ id: number | null }>("SELECT max(id) AS id FROM move")?.id ?? 0;
  const value = work();
  db.run("UPDATE move SET at = ?, by = ?, why = coalesce(?, why) WHERE id > ?", now, sign.by, sign.why, before);
  return value;
}

/** Notes something about a job that leaves it where it is. */
export function noteAbout({ db, now }: Tx, job: number, { by, why }: { by: string; why: string }): void {
  db.run(
    `INSERT INTO move (job, at, tries, from_state, to_state, held_by, until, why, by)
     SELECT id, ?, attempts, state, state, held_by, wake_at, ?, ? FROM job WHERE id = ?`,
    now,
    why,
    by,
    job,
  );
}

type Row = {
  at: number;
  tries: number;
  from_state: string;
  to_state: string;
  held_by: HeldBy | null;
  until: number | null;
  why: string | null;
  by: string | null;
};

export function movesOf(db: Database, job: number): MoveView[] {
  return db.all<Row>("SELECT * FROM move WHERE job = ? ORDER BY id", job).map((row) => ({
    at: instant(row.at),
    tries: row.tries,
    from: row.from_state,
    to: row.to_state,
    heldBy: row.held_by,
    until: row.until === null ? null : instant(row.until),
    why: row.why,
    by: row.by,
  }));
}
