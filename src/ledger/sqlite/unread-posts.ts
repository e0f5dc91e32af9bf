// Posts of an earlier program whose files nobody has read. One as large as a file that is to be posted may be that very file, under
// another path: it is read before the go. Each is looked at once a process, each read at most once.
import type { KnownMedia } from "../../core/claim.ts";
import type { MediaFiles } from "../ledger.ts";
import type { Database } from "./database.ts";
import { IS_UNREAD } from "./partial.ts";

/** So many files are looked at together. */
const BATCH = 64;

/** Paths by size, of posts up to the row `upTo`. */
type Seen = { upTo: number; bySize: Map<number, Set<string>> };

export function hasUnreadPosts(db: Database, account: number): boolean {
  const sql = `SELECT 1 AS x FROM post INDEXED BY post_unread_of WHERE account = ? AND ${IS_UNREAD} LIMIT 1`;
  return db.one(sql, account) !== undefined;
}

export class UnreadPosts {
  readonly #db: Database;
  readonly #files: MediaFiles;
  readonly #accounts = new Map<number, Seen>();

  constructor(db: Database, files: MediaFiles) {
    this.#db = db;
    this.#files = files;
  }

  /** Reads those of the account that are as large as this file; what can't be read is left out. */
  async readAlike(account: number, { size }: KnownMedia): Promise<{ path: string; media: KnownMedia }[]> {
    const seen = await this.#look(account);
    const paths = seen.bySize.get(size) ?? new Set();
    seen.bySize.delete(size);
    const found = [];
    for (const path of paths) {
      const media = await this.#files.read(path);
      if (media !== null) found.push({ path, media });
    }
    return found;
  }

  async #look(account: number): Promise<Seen> {
    const seen = this.#accounts.get(account) ?? { upTo: 0, bySize: new Map<number, Set<string>>() };
    this.#accounts.set(account, seen);
    for (;;) {
      const sql = `SELECT id, media FROM post INDEXED BY post_unread_of WHERE account = ? AND id > ? AND ${IS_UNREAD} ORDER BY id LIMIT ${BATCH}`;
      const rows = this.#db.all<{ id: number; media: string }>(sql, account, seen.upTo);
      if (rows.length === 0) return seen;
      const sizes = await Promise.all(rows.map(({ media }) => this.#files.sizeOf(media)));
      for (const [i, { media }] of rows.entries()) {
        const size = sizes[i] ?? null;
        if (size === null) continue;
        const alike = seen.bySize.get(size) ?? new Set();
        seen.bySize.set(size, alike.add(media));
      }
      seen.upTo = rows.at(-1)?.id ?? seen.upTo;
    }
  }
}
