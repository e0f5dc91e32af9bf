// What a ledger's rows say against each other: seals, sums of seals, and counts of one thing kept in two places.
import type { Database } from "./database.ts";
import { isWholeSql, SEALED_TABLES, type SealedTable } from "./seals.ts";

const words: Record<SealedTable, string> = { post: "intents and posts made", attempt: "attempts", job: "jobs" };

/** Intents, outcomes and orders that are not as they were written, or are gone. */
export function rowFaults(db: Database): string[] {
  return [...SEALED_TABLES.flatMap((table) => brokenSeals(db, table)), ...brokenSums(db)];
}

function brokenSeals(db: Database, table: SealedTable): string[] {
  const sql = `SELECT count(*) AS n, min(id) AS first FROM ${table} WHERE NOT ${isWholeSql(table, table)}`;
  const { n, first } = db.one<{ n: number; first: number | null }>(sql) ?? { n: 0, first: null };
  return n === 0 ? [] : [`${n} of the ${words[table]} are not what was written (first: row ${first})`];
}

function brokenSums(db: Database): string[] {
  const kept = db.all<{ name: string; n: number; x: number }>("SELECT name, n, x FROM seal_sum");
  return SEALED_TABLES.flatMap((table) => {
    const sum = kept.find((row) => row.name === table);
    const now = db.one<{ n: number; x: number }>(`SELECT count(*) AS n, coalesce(xor_of(seal), 0) AS x FROM ${table}`);
    if (sum === undefined || now === undefined) return [`nobody knows how many ${words[table]} there should be`];
    if (sum.n !== now.n) return [`${sum.n} ${words[table]} were written, ${now.n} are there`];
    return sum.x === now.x ? [] : [`the ${words[table]} are not those that were written`];
  });
}

/** Each: what is wrong, and a query that finds it. */
const CROSS_CHECKS: readonly [wrong: string, sql: string][] = [
  [
    "jobs tell another cause than the one they are counted under",
    "SELECT 1 FROM job j JOIN cause c ON c.id = j.last_cause WHERE j.cause IS NOT NULL AND j.cause <> c.word",
  ],
  [
    "posts made belong to attempts that did not post",
    "SELECT 1 FROM post p JOIN attempt a ON a.id = p.attempt WHERE p.state = 'posted' AND a.phase IN ('running', 'publishing')",
  ],
  [
    "attempts past their intent have none",
    "SELECT 1 FROM attempt a LEFT JOIN post p ON p.attempt = a.id WHERE a.phase IN ('publishing', 'posted', 'unconfirmed') AND p.id IS NULL",
  ],
  [
    "unconfirmed jobs have no unconfirmed post",
    "SELECT 1 FROM job j LEFT JOIN post p ON p.attempt = j.last_attempt WHERE j.state = 'unconfirmed' AND p.state IS NOT 'unconfirmed'",
  ],
  [
    "jobs say posted and no post of theirs is known",
    "SELECT 1 FROM job j WHERE j.state = 'success' AND j.account IS NOT NULL AND j.imported = 0 AND NOT EXISTS (SELECT 1 FROM post p WHERE p.job = j.id AND p.state = 'posted')",
  ],
  [
    "jobs wait though a post of theirs is made",
    "SELECT 1 FROM job j JOIN post p ON p.job = j.id WHERE j.state IN ('pending', 'waiting', 'parked', 'deferred', 'failed') AND j.allow_repost = 0 AND p.state = 'posted' AND p.attempt = j.last_attempt",
  ],
  [
    "runs count other attempts than there are",
    "SELECT 1 FROM run r WHERE r.attempts <> (SELECT count(*) FROM attempt a WHERE a.run = r.id)",
  ],
  [
    "attempts were begun that no event tells of",
    `SELECT 1 FROM run r JOIN (
      SELECT run, sum(type = 'attempt.started') AS attempts, sum(type IN ('run.started', 'run.resumed')) AS starts FROM event GROUP BY run
    ) e ON e.run = r.key WHERE e.starts > 0 AND e.attempts <> r.attempts`,
  ],
];

/** The standing that readers see, against jobs, attempts and events; and rows that point nowhere. */
export function countFaults(db: Database): string[] {
  const lost = db.all("PRAGMA foreign_key_check").length;
  const crossed = CROSS_CHECKS.flatMap(([wrong, sql]) => {
    const n = db.one<{ n: number }>(`SELECT count(*) AS n FROM (${sql})`)?.n ?? 0;
    return n === 0 ? [] : [`${wrong}: ${n}`];
  });
  return [...tallyFaults(db), ...(lost === 0 ? [] : [`rows that point to rows that are gone: ${lost}`]), ...crossed];
}

function tallyFaults(db: Database): string[] {
  const real = `SELECT campaign, in_scope, CASE WHEN state IN ('waiting', 'parked') THEN 'pending' ELSE state END AS shown,
    coalesce(category, '') AS category, iif(cause IS NULL, 0, coalesce(last_cause, 0)) AS cause, count(*) AS n FROM job GROUP BY 1, 2, 3, 4, 5`;
  const told = "SELECT campaign, in_scope, state, category, cause, n FROM tally WHERE n <> 0";
  const sql = `SELECT count(*) AS n FROM (SELECT * FROM (${real} EXCEPT ${told}) UNION ALL SELECT * FROM (${told} EXCEPT ${real}))`;
  const differing = db.one<{ n: number }>(sql)?.n ?? 0;
  if (differing === 0) return [];
  const jobs = db.one<{ n: number }>("SELECT count(*) AS n FROM job")?.n ?? 0;
  const counted = db.one<{ n: number | null }>("SELECT sum(n) AS n FROM tally")?.n ?? 0;
  return [
    jobs === counted
      ? "the standing is not that of the jobs"
      : `the standing counts ${counted} jobs, there are ${jobs}`,
  ];
}
