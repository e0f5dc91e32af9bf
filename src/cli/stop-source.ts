// Signals of this process as requests to stop: the first is orderly, the second is not.
import type { StopSignal } from "./exit-codes.ts";

/** Who asked to stop, and how urgently: stage 1 in order, stage 2 now. */
type StopListener = (by: StopSignal, stage: 1 | 2) => void;

export type StopSource = {
  /** A late listener is told what it missed. */
  onStop(listener: StopListener): void;
  /** Fires with the first request, for work that can break off. Who looks at it has not taken the stop over. */
  asked: AbortSignal;
};

/** The launcher hands a SIGTERM on as this: it can't know whether its whole group got one, and so the program another. */
const HANDED_ON = "SIGUSR2";

type Emitter = { on(signal: StopSignal | typeof HANDED_ON, listener: () => void): unknown };

/** What is done about a stop that nobody listens for yet, or that did not help. */
export type LastResorts = {
  /** The first stop, before anybody listens. */
  onUnheard(by: StopSignal): void;
  /** The second before anybody listens; the third in any case: the program hangs in its own end. */
  giveUp(by: StopSignal): void;
};

/**
 * Takes over the signals of `process`.
 *
 * A terminal that closes says so once, or several times, or after a Ctrl+C that is being obeyed: never a second stop.
 */
export function signalStops(process: Emitter, { onUnheard, giveUp }: LastResorts): StopSource {
  const { source, ask, count, isHeard } = requests();
  const on = (by: StopSignal) => {
    const isHurried = count() >= (isHeard() ? 2 : 1);
    if (isHurried) return giveUp(by);
    ask(by);
    if (!isHeard()) onUnheard(by);
  };
  let [direct, handedOn] = [0, 0];
  process.on("SIGINT", () => on("SIGINT"));
  process.on("SIGHUP", () => count() > 0 || on("SIGHUP"));
  process.on("SIGTERM", () => ++direct > handedOn && on("SIGTERM"));
  process.on(HANDED_ON, () => ++handedOn > direct && on("SIGTERM"));
  return source;
}

/** An AbortSignal as a stop in order; for callers of the API. */
export function abortStops(signal: AbortSignal | undefined): StopSource {
  const { source, ask } = requests();
  if (signal?.aborted === true) ask("SIGTERM");
  else signal?.addEventListener("abort", () => ask("SIGTERM"), { once: true });
  return source;
}

function requests() {
  const listeners: StopListener[] = [];
  const asked: StopSignal[] = [];
  const first = new AbortController();
  const stageOf = (i: number) => (i === 0 ? 1 : 2);
  const source: StopSource = {
    asked: first.signal,
    onStop(listener) {
      listeners.push(listener);
      for (const [i, by] of asked.entries()) listener(by, stageOf(i));
    },
  };
  const ask = (by: StopSignal) => {
    const stage = stageOf(asked.push(by) - 1);
    for (const listener of listeners) listener(by, stage);
    first.abort();
  };
  return { source, ask, count: () => asked.length, isHeard: () => listeners.length > 0 };
}
