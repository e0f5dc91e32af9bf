// What many seeds come to: counts by cell, and the table that is told.
import type { CourseResult } from "./course.ts";
import { CELLS, FAULTS, isPossible, PLACES } from "./fate.ts";

export type Totals = {
  seeds: number;
  next: number;
  cpuMs: number;
  wallMs: number;
  jobs: number[];
  starts: number;
  attempts: number;
  posts: number;
  unconfirmed: number;
  virtualMs: number;
  records: number;
  hits: Record<string, number>;
  broken: { seed: number; what: string }[];
};

export const noTotals = (first: number): Totals => ({
  seeds: 0,
  next: first,
  cpuMs: 0,
  wallMs: 0,
  jobs: [],
  starts: 0,
  attempts: 0,
  posts: 0,
  unconfirmed: 0,
  virtualMs: 0,
  records: 0,
  hits: {},
  broken: [],
});

export function count(totals: Totals, r: CourseResult): void {
  totals.seeds++;
  totals.next = r.seed + 1;
  totals.jobs[r.jobs] = (totals.jobs[r.jobs] ?? 0) + 1;
  totals.starts += r.starts;
  totals.attempts += r.stats.attempts;
  totals.posts += r.stats.posts;
  totals.unconfirmed += r.stats.unconfirmed;
  totals.virtualMs += r.stats.virtualMs;
  totals.records += r.records;
  for (const hit of r.hits) totals.hits[hit] = (totals.hits[hit] ?? 0) + 1;
  if (r.broken !== null) totals.broken.push({ seed: r.seed, what: r.broken });
}

/** The fault × step table and the figures, as text. */
export function tell(totals: Totals): string {
  const { seeds, starts, attempts, posts, unconfirmed, records, cpuMs, wallMs, virtualMs } = totals;
  const cells = CELLS.map(([f, p]) => totals.hits[`${f}/${p}`] ?? 0);
  const least = Math.min(...cells);
  const days = Math.round(virtualMs / 86_400_000);
  const perMinute = (ms: number) => Math.round((seeds / Math.max(1, ms)) * 60_000);
  return [
    ...table(totals),
    "",
    `${seeds} seeds, ${medianOf(totals.jobs)} jobs in the median, ${starts} starts, ${attempts} attempts, ${posts} posts, ${unconfirmed} unconfirmed ends, ${records} records, ${days} virtual days`,
    `${cells.length} cells (fault × step), the least hit ${least} times, ${cells.reduce((a, b) => a + b, 0)} faults in all`,
    `${perMinute(wallMs)} seeds per minute by the wall (${Math.round(wallMs / 1000)} s), ${perMinute(cpuMs)} per minute of processor time (${Math.round(cpuMs / 1000)} s)`,
    `broken: ${totals.broken.length}`,
    ...totals.broken.slice(0, 20).map(({ seed, what }) => `  seed ${seed}: ${what}`),
  ].join("\n");
}

function table({ hits }: Totals): string[] {
  const wide = Math.max(...FAULTS.map((f) => f.length));
  const head = `${"".padEnd(wide)} ${PLACES.map((p) => p.padStart(9)).join("")}`;
  const rows = FAULTS.map((fault) => {
    const cells = PLACES.map((place) => (isPossible(fault, place) ? String(hits[`${fault}/${place}`] ?? 0) : "-"));
    return `${fault.padEnd(wide)} ${cells.map((c) => c.padStart(9)).join("")}`;
  });
  return [head, ...rows];
}

function medianOf(histogram: readonly number[]): number {
  const all = histogram.reduce((a, b) => a + (b ?? 0), 0);
  let seen = 0;
  for (let jobs = 0; jobs < histogram.length; jobs++) {
    seen += histogram[jobs] ?? 0;
    if (seen * 2 >= all) return jobs;
  }
  return 0;
}
