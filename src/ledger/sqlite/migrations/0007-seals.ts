// Seals of rows (../seals.ts), their sums over whole tables (a row that vanishes is damage too), and the note that the ledger is
// open: with it in the file and no log beside it, the log is lost.
import { type SealedTable, sealedColumns, sealSql } from "../seals.ts";

const xor = (a: string, b: string) => `((${a} | ${b}) - (${a} & ${b}))`;
const written = (table: SealedTable) => `(SELECT seal FROM ${table} WHERE id = NEW.id)`;
const reseal = (table: SealedTable) => `UPDATE ${table} SET seal = ${sealSql(table, "NEW")} WHERE id = NEW.id;`;
const refused = (table: SealedTable) =>
  `WHEN OLD.seal IS NOT ${sealSql(table, "OLD")} BEGIN SELECT RAISE(ABORT, 'damaged row of ${table}'); END;`;

const watched = (table: SealedTable) => `
CREATE TRIGGER ${table}_seal_look BEFORE UPDATE OF ${sealedColumns(table)} ON ${table} ${refused(table)}`;

const moved = (table: SealedTable) => `
CREATE TRIGGER ${table}_seal_move AFTER UPDATE OF ${sealedColumns(table)} ON ${table} BEGIN
  ${reseal(table)}
  UPDATE seal_sum SET x = ${xor(xor("x", "OLD.seal"), written(table))} WHERE name = '${table}';
END;`;

/** Rows that are counted and summed: none may vanish, none may change unseen. */
const summed = (table: SealedTable) => `
ALTER TABLE ${table} ADD COLUMN seal INTEGER NOT NULL DEFAULT 0;
UPDATE ${table} SET seal = ${sealSql(table, table)};
INSERT INTO seal_sum (name, n, x) SELECT '${table}', count(*), coalesce(xor_of(seal), 0) FROM ${table};
CREATE TRIGGER ${table}_seal_add AFTER INSERT ON ${table} BEGIN
  ${reseal(table)}
  UPDATE seal_sum SET n = n + 1, x = ${xor("x", written(table))} WHERE name = '${table}';
END;
${watched(table)}
${moved(table)}
CREATE TRIGGER ${table}_seal_drop BEFORE DELETE ON ${table} BEGIN SELECT RAISE(ABORT, 'rows of ${table} are kept for ever'); END;`;

export const SEALS = `
CREATE TABLE seal_sum (name TEXT PRIMARY KEY, n INTEGER NOT NULL, x INTEGER NOT NULL) STRICT, WITHOUT ROWID;
${summed("post")}
${summed("attempt")}
ALTER TABLE job ADD COLUMN seal INTEGER NOT NULL DEFAULT 0;
UPDATE job SET seal = ${sealSql("job", "job")};
${watched("job")}
INSERT INTO seal_sum (name, n, x) SELECT 'job', count(*), coalesce(xor_of(seal), 0) FROM job;
-- sealed by whoever inserts it: a second write of each row would cost an import of a million jobs ten seconds
CREATE TRIGGER job_seal_add AFTER INSERT ON job BEGIN
  UPDATE seal_sum SET n = n + 1, x = ${xor("x", "NEW.seal")} WHERE name = 'job';
END;
${moved("job")}
INSERT INTO ledger (key, value) VALUES ('open', '0');
`;
