// Preload (`node --import`): writes each SQL statement that blocks longer than a limit to the file named in the environment.
import { appendFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";

const { REPRISE_BENCH_SLOW: file, REPRISE_BENCH_SLOW_MS: limit } = process.env;

if (file !== undefined && isMainThread && !process.argv[1]?.includes("worker-main")) await watch(Number(limit));

async function watch(limitMs) {
  const { DatabaseSync, StatementSync } = await import("node:sqlite");
  for (const method of ["get", "all", "run"])
    time(StatementSync.prototype, method, (statement) => statement.sourceSQL, limitMs);
  time(DatabaseSync.prototype, "exec", (_database, sql) => sql, limitMs);
}

function time(prototype, method, sqlOf, limitMs) {
  const plain = prototype[method];
  prototype[method] = function timed(...args) {
    const began = performance.now();
    try {
      return plain.apply(this, args);
    } finally {
      const ms = performance.now() - began;
      if (ms > limitMs) appendFileSync(file, `${JSON.stringify({ ms, sql: sqlOf(this, args[0]) })}\n`);
    }
  };
}
