// The door of this room: a renderer takes a run's events one by one and draws them.
import type { EventLine } from "../core/events.ts";
import { jsonLine } from "./harmless.ts";
import { heartbeat, type LineStyle, linesOf } from "./lines.ts";
import { fold, NO_RUN } from "./run-view.ts";

/** `auto` draws `lines` until there is a live view. */
export type RendererName = "auto" | "lines" | "json" | "silent";

export interface Renderer {
  /** Draws one event. Never throws: a face that is gone must not stop a run. */
  event(line: EventLine): void;
  /** Ends its timer. */
  close(): void;
}

export type Sinks = { stdout: (text: string) => void; stderr: (text: string) => void };

/** Longest time without a line. */
const SILENCE_MS = 60_000;

export function openRenderer(name: RendererName, sinks: Sinks, style: LineStyle): Renderer {
  switch (name) {
    case "json":
      return { event: (line) => sinks.stdout(`${jsonLine(line)}\n`), close: () => {} };
    case "silent":
      return { event: () => {}, close: () => {} };
    case "auto":
    case "lines":
      return openLines(sinks, style, Date.now);
  }
}

function openLines(sinks: Sinks, style: LineStyle, now: () => number): Renderer {
  let view = NO_RUN;
  let lastAt = now();
  const say = (lines: readonly string[]) => {
    if (lines.length === 0) return;
    lastAt = now();
    sinks.stderr(`${lines.join("\n")}\n`);
  };
  const timer = setInterval(() => {
    if (style.loudness !== "quiet" && now() - lastAt >= SILENCE_MS) say([heartbeat(view, now())]);
  }, 1000);
  timer.unref();
  return {
    event(line) {
      say(linesOf(view, line, style));
      view = fold(view, line);
    },
    close: () => clearInterval(timer),
  };
}
