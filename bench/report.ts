// What the sections hand in, how it is printed, where it is kept.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** One line of the report. `wanted`: a limit, `null` = only reported; `why`: said beside the figure. */
export type Figure = {
  name: string;
  value: number | null;
  unit: string;
  wanted: { atMost: number } | null;
  /** The single runs behind a median. */
  runs: number[];
  why: string | null;
};

export type Section = { section: string; figures: Figure[] };
/** With the load when it ended: on a machine that others use, figures of waiting are theirs as much as ours. */
export type Taken = Section & { load: number; seconds: number };

/** A figure that is the median of its runs. */
export function median(name: string, unit: string, runs: number[], more: Partial<Figure> = {}): Figure {
  return { name, value: medianOf(runs), unit, wanted: null, runs: runs.map(rounded), why: null, ...more };
}

/** A figure that could not be taken, and why. */
export function missing(name: string, why: string): Figure {
  return { name, value: null, unit: "", wanted: null, runs: [], why };
}

/** The middle one; of an even number the mean of the two in the middle. `null`: there is none. */
export function medianOf(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1);
  return middle.length === 0 ? null : rounded(middle.reduce((sum, v) => sum + v, 0) / middle.length);
}

export function print({ section, figures, load, seconds }: Taken): void {
  console.log(`\n${section}  (${seconds} s, load ${load})`);
  const width = Math.max(...figures.map((f) => f.name.length));
  for (const f of figures) {
    const value = f.value === null ? "-" : f.value.toLocaleString("en");
    const parts = [`  ${f.name.padEnd(width)}  ${value.padStart(10)} ${f.unit.padEnd(7)}`, verdict(f)];
    if (f.runs.length > 1) parts.push(`[${f.runs.map((r) => r.toLocaleString("en")).join(" ")}]`);
    if (f.why !== null) parts.push(f.why);
    console.log(parts.join("  ").trimEnd());
  }
}

const isMissed = ({ value, wanted }: Figure) => wanted !== null && !(value !== null && value <= wanted.atMost);

function verdict(figure: Figure): string {
  if (figure.wanted === null) return " ".repeat(18);
  return `${isMissed(figure) ? "MISSES" : "ok"} (<= ${figure.wanted.atMost})`.padEnd(18);
}

/** Writes the JSON and says what missed. @returns how many figures missed */
export function conclude(sections: readonly Taken[], settings: object): number {
  const file = fileURLToPath(new URL("./results/latest.json", import.meta.url));
  mkdirSync(dirname(file), { recursive: true });
  const machine = machineFacts();
  writeFileSync(
    file,
    `${JSON.stringify({ v: 1, date: new Date().toISOString(), machine, settings, sections }, null, 2)}\n`,
  );
  const missed = sections.flatMap((s) => s.figures.filter(isMissed).map((f) => `${s.section}: ${f.name}`));
  console.log(`\n${missed.length === 0 ? "Every wanted figure holds." : `Missed: ${missed.join("; ")}`}\n${file}`);
  return missed.length;
}

/** Takes one section. */
export async function taken(take: () => Promise<Section>): Promise<Taken> {
  const began = performance.now();
  const section = await take();
  return { ...section, load: rounded(loadavg()[0] ?? 0), seconds: Math.round((performance.now() - began) / 1000) };
}

export function machineFacts() {
  const [cpu] = cpus();
  return {
    cores: cpus().length,
    cpu: cpu?.model ?? "unknown",
    memory_gb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    kernel: readFileSync("/proc/sys/kernel/osrelease", "utf8").trim(),
  };
}

const rounded = (n: number) => (Math.abs(n) < 10 ? Math.round(n * 1000) / 1000 : Math.round(n * 10) / 10);
