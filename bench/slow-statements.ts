// Statements that block the orchestrator for more than 50 ms, from start to stop of runs in a large ledger.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Ledgers } from "./ledgers.ts";
import { type Figure, median, type Section } from "./report.ts";
import { runReprise } from "./reprise-run.ts";
import { temporaryFolder } from "./workload.ts";

const LIMIT_MS = 50;
const POSTS = 200;
type Slow = { ms: number; sql: string };

/** Starts a run, stops it, resumes it: each with its import of nothing, requeue and wake-ups. */
export async function slowStatements(ledgers: Ledgers): Promise<Section> {
  const { stateDir, jobs } = await ledgers.large();
  const log = join(temporaryFolder("slow"), "slow.jsonl");
  const preload = pathToFileURL(join(import.meta.dirname, "slow-statements.mjs")).href;
  const env = { NODE_OPTIONS: `--import=${preload}`, REPRISE_BENCH_SLOW: log, REPRISE_BENCH_SLOW_MS: `${LIMIT_MS}` };
  for (const stopAfter of [POSTS, POSTS])
    await runReprise({ folder: stateDir, workers: 4, poster: "silent", stopAfter, env });
  const slow = existsSync(log)
    ? readFileSync(log, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Slow)
    : [];
  return {
    section: `statements over ${LIMIT_MS} ms on the orchestrator's thread at ${jobs.toLocaleString("en")} jobs, over two starts`,
    figures: [median("such statements", "", [slow.length], { wanted: { atMost: 0 } }), ...bySql(slow)],
  };
}

function bySql(slow: readonly Slow[]): Figure[] {
  const groups = Map.groupBy(slow, ({ sql }) => sql.replace(/\s+/g, " ").slice(0, 100));
  return [...groups].map(([sql, of]) =>
    median(
      sql,
      "ms",
      of.map((s) => s.ms),
    ),
  );
}
