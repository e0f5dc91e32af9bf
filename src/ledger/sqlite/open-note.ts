// The note that a ledger is in use, kept in the ledger's own file. While it stands, the newest entries may be in the log beside
// (`-wal`) and nowhere else: a file that was copied or moved without it looks whole and has forgotten the newest posts.
import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";

export const logOf = (file: string) => `${file}-wal`;

/** Part of every write. A row changed: it was not noted yet, and has to reach the file. */
export const IN_USE = "UPDATE ledger SET value = '1' WHERE key = 'open' AND value = '0'";

/** Brings what the log holds into the file, as far as readers and the disk let it. It is committed in any case: never throws. */
export function intoFile(db: DatabaseSync): void {
  try {
    db.exec("PRAGMA wal_checkpoint(PASSIVE)");
  } catch {
    // the log holds it, until the next checkpoint
  }
}

/** Takes the note away; a handle that writes on notes it again. What can't be written stays noted: it is the safe side. */
export function letGo(db: DatabaseSync): void {
  for (let tries = 0; tries < 20; tries++) {
    try {
      if (isNoted(db)) db.exec("UPDATE ledger SET value = '0' WHERE key = 'open'");
      return;
    } catch {
      pause(10); // another process writes, or the disk is full
    }
  }
}

/** The file says that it is in use, and there is no log: it is lost. Looks again, for another one that is just closing. */
export function hasLostLog(db: DatabaseSync, file: string): boolean {
  for (let looks = 0; looks < 3; looks++) {
    const size = statSync(logOf(file), { throwIfNoEntry: false })?.size ?? 0;
    if (!isNoted(db) || size > 0) return false;
    pause(60);
  }
  return true;
}

export function isNoted(db: DatabaseSync): boolean {
  return db.prepare("SELECT value FROM ledger WHERE key = 'open'").get()?.value === "1";
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
