// Charts as SVG inside a page: no script, no style from elsewhere. A bar says its numbers when it is pointed at.
import { xml } from "./junit-report.ts";
import type { Ended } from "./run-report.ts";

/** In the order in which they are stacked; the class gives the colour. */
const KINDS: readonly Ended[] = ["posted", "infrastructure", "unknown", "account", "content", "setup", "unconfirmed"];

/** So many ends of each kind. */
export type Stack = { label: string; n: Partial<Record<Ended, number>> };

const WIDTH = 720;
const HEIGHT = 190;
const FOOT = 26;
const HEAD = 26;
const WIDEST = 120;

/** Stacked columns over time, or over whatever the labels say. */
export function columns(title: string, stacks: readonly Stack[]): string {
  const most = Math.max(1, ...stacks.map(totalOf));
  const step = WIDTH / Math.max(1, stacks.length);
  const wide = Math.max(1, Math.min(WIDEST, step - 2));
  const bars = stacks.map((stack, i) => column(stack, { x: (i + 0.5) * step - wide / 2, width: wide, most }));
  const [first, last] = [stacks.at(0)?.label ?? "", stacks.at(-1)?.label ?? ""];
  const text = (x: number, anchor: string, label: string) =>
    `<text x="${x}" y="${HEIGHT - 5}" text-anchor="${anchor}">${xml(label)}</text>`;
  const foot =
    stacks.length <= 12 && stacks.length > 1
      ? stacks.map(({ label }, i) => text((i + 0.5) * step, "middle", label)).join("")
      : `${text(0, "start", first)}${stacks.length > 1 ? text(WIDTH, "end", last) : ""}`;
  const scale = `<text x="0" y="18">${most}</text><line x1="0" x2="${WIDTH}" y1="${HEIGHT - FOOT}" y2="${HEIGHT - FOOT}"/>`;
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${xml(title)}">${bars.join("")}${foot}${scale}</svg>`;
}

type Place = { x: number; width: number; most: number };

function column(stack: Stack, { x, width, most }: Place): string {
  const room = HEIGHT - FOOT - HEAD;
  let y = HEIGHT - FOOT;
  const parts = KINDS.map((kind) => {
    const height = ((stack.n[kind] ?? 0) / most) * room;
    y -= height;
    return height === 0
      ? ""
      : `<rect class="${kind}" x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"/>`;
  });
  return `<g><title>${xml(toldOf(stack))}</title>${parts.join("")}</g>`;
}

const totalOf = ({ n }: Stack) => Object.values(n).reduce((sum, some) => sum + some, 0);
const toldOf = ({ label, n }: Stack) =>
  `${label}: ${KINDS.flatMap((kind) => (n[kind] ? [`${n[kind]} ${kind}`] : [])).join(", ") || "nothing"}`;
const round = (n: number) => Math.round(n * 10) / 10;

/** Which colour is what, of the kinds that are there. */
export function legend(stacks: readonly Stack[]): string {
  const there = KINDS.filter((kind) => stacks.some(({ n }) => (n[kind] ?? 0) > 0));
  return `<p class="legend">${there.map((kind) => `<span class="${kind}">${kind}</span>`).join(" ")}</p>`;
}

/**
 * Ends over time in columns of equal length.
 *
 * @param most  columns, at most
 */
export function overTime(ends: readonly { at: number; how: Ended }[], from: number, most: number): Stack[] {
  const last = ends.reduce((latest, { at }) => Math.max(latest, at), from);
  const length = Math.max(1_000, Math.ceil((last - from + 1) / most / 1_000) * 1_000);
  const stacks: Stack[] = Array.from({ length: Math.floor((last - from) / length) + 1 }, (_, i) => ({
    label: `+${clock(i * length)}`,
    n: {},
  }));
  for (const { at, how } of ends) {
    const stack = stacks[Math.max(0, Math.floor((at - from) / length))];
    if (stack !== undefined) stack.n[how] = (stack.n[how] ?? 0) + 1;
  }
  return stacks;
}

/** `0:05`, `12:30`, `3:02:10`. */
function clock(ms: number): string {
  const [h, m, s] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, Math.floor(ms / 1000) % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
