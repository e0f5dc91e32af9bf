// Signals of this process as requests to stop: the first is orderly, the second is not.
import type { StopSignal } from "./exit-codes.ts";

/** Who asked to stop, and how urgently: stage 1 in order, stage 2 now. */
type StopListener = (by: StopSignal, stage: 1 | 2) => void;

/** A late listener is told what it missed. */
export type StopSource = { onStop(listener: StopListener): void };

type Emitter = { on(signal: StopSignal, listener: () => void): unknown };

const SIGNALS: readonly StopSignal[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Takes over the signals of `process`.
 *
 * A third signal calls `giveUp` (the program hangs in its own end). A terminal that closes may send SIGHUP twice: that
 * is still one stop.
 */
export function signalStops(process: Emitter, giveUp: (by: StopSignal) => void): StopSource {
  const listeners: StopListener[] = [];
  const asked: StopSignal[] = [];
  const ask = (by: StopSignal) => {
    if (by === "SIGHUP" && asked.includes("SIGHUP")) return;
    asked.push(by);
    const stage = asked.length;
    if (stage > 2) return giveUp(by);
    for (const listener of listeners) listener(by, stage === 1 ? 1 : 2);
  };
  for (const signal of SIGNALS) process.on(signal, () => ask(signal));
  return replaying(listeners, asked);
}

/** An AbortSignal as a stop in order; for callers of the API. */
export function abortStops(signal: AbortSignal | undefined): StopSource {
  const listeners: StopListener[] = [];
  const asked: StopSignal[] = [];
  const ask = () => {
    asked.push("SIGTERM");
    for (const listener of listeners) listener("SIGTERM", 1);
  };
  if (signal?.aborted === true) ask();
  else signal?.addEventListener("abort", ask, { once: true });
  return replaying(listeners, asked);
}

function replaying(listeners: StopListener[], asked: readonly StopSignal[]): StopSource {
  return {
    onStop(listener) {
      listeners.push(listener);
      for (const [i, by] of asked.slice(0, 2).entries()) listener(by, i === 0 ? 1 : 2);
    },
  };
}
