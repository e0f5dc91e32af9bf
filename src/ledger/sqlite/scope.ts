// A campaign inside the database: its row, its open run, its accounts.
import type { RunEvent } from "../../core/events.ts";
import type { LedgerDeps } from "../ledger.ts";
import type { Database } from "./database.ts";
import type { Tx, Writer } from "./writer.ts";

export type OpenRunRow = { id: number; key: string; pass: number };

export class Scope {
  readonly name: string;
  readonly db: Database;
  readonly writer: Writer;
  readonly deps: LedgerDeps;
  #id: number | null = null;

  constructor(name: string, parts: { db: Database; writer: Writer; deps: LedgerDeps }) {
    this.name = name;
    this.db = parts.db;
    this.writer = parts.writer;
    this.deps = parts.deps;
  }

  /** The campaign's row; `null` = nothing was ever written of it. */
  find(): number | null {
    this.#id ??= this.db.one<{ id: number }>("SELECT id FROM campaign WHERE name = ?", this.name)?.id ?? null;
    return this.#id;
  }

  /** The campaign's row, made if need be. */
  ensure(tx: Tx): number {
    const known = this.find();
    if (known !== null) return known;
    // not remembered here: this transaction may yet be rolled back
    return tx.db.insert("INSERT INTO campaign (name, created_at) VALUES (?, ?)", this.name, tx.now);
  }

  openRun(): OpenRunRow | null {
    const campaign = this.find();
    if (campaign === null) return null;
    return (
      this.db.one<OpenRunRow>("SELECT id, key, pass FROM run WHERE campaign = ? AND is_open = 1", campaign) ?? null
    );
  }

  emit(tx: Tx, event: RunEvent): void {
    tx.emit({ campaign: this.find(), run: this.openRun()?.key ?? "-" }, event);
  }

  write<T>(work: (tx: Tx) => T, when: "now" | "lazy" = "now"): Promise<T> {
    return this.writer.write(work, when);
  }
}

/** An account's row, made if need be. */
export function ensureAccount(db: Database, platform: string, name: string): number {
  const known = db.one<{ id: number }>("SELECT id FROM account WHERE platform = ? AND name = ?", platform, name);
  return known?.id ?? db.insert("INSERT INTO account (platform, name) VALUES (?, ?)", platform, name);
}
