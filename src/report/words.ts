// Small pieces of text that several faces share.
import type { Category } from "../core/failure.ts";

/** How a face may draw. `prefix`: the command with the flags that lead to this campaign, such as `reprise --campaign x`. */
export type Style = { utf8: boolean; color: boolean; prefix: string };

export type Mark = "posted" | "account" | "content" | "setup" | "retry" | "failed" | "unconfirmed" | "quiet";

const SYMBOLS: Record<Mark, readonly [utf8: string, ascii: string, color: number]> = {
  posted: ["✓", "+", 32],
  account: ["✗", "x", 31],
  content: ["!", "!", 33],
  setup: ["!", "!", 31],
  retry: ["~", "~", 36],
  failed: ["✗", "x", 31],
  unconfirmed: ["?", "?", 35],
  quiet: ["·", "-", 2],
};

/** Symbol and word, never colour alone: `✓ posted`. */
export function marked(mark: Mark, word: string, style: Style): string {
  const [utf8, ascii, color] = SYMBOLS[mark];
  const text = `${style.utf8 ? utf8 : ascii} ${word}`;
  return style.color ? `\u001b[${color}m${text}\u001b[39;22m` : text;
}

/** Whether a failure of this category may be tried again at all. */
export const mayComeBack = (category: Category) => category === "infrastructure" || category === "unknown";

/** `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`. */
export function duration(ms: number): string {
  if (ms < 10_000) return `${Math.round(ms / 100) / 10} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return joined(minutes, "min", seconds % 60, "s");
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? joined(hours, "h", minutes % 60, "min") : joined(Math.floor(hours / 24), "d", hours % 24, "h");
}

function joined(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;
}

/** `1 job`, `3 jobs`, `2 passes`. */
export const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? "" : noun.endsWith("s") ? "es" : "s"}`;

/** A table of left-aligned columns, two spaces apart. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, width(cell));
  return rows.map((row) =>
    row
      .map((cell, i) => cell + " ".repeat((widths[i] ?? 0) - width(cell)))
      .join("  ")
      .trimEnd(),
  );
}

/**
 * The same without the columns that say nothing of any row.
 *
 * @param dull  by the column's head: what says nothing there
 */
export function tellingTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  dull: Readonly<Record<string, string>>,
): string[] {
  const kept = head.map((name, i) => rows.some((row) => row[i] !== dull[name]));
  return table([head, ...rows].map((row) => row.filter((_cell, i) => kept[i])));
}

const width = (cell: string) => Array.from(cell).length;

/** A moment as people read it, in the machine's zone: `2026-11-23 14:07`. */
export function moment(at: number | string): string {
  const date = new Date(at);
  const two = (n: number) => String(n).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
