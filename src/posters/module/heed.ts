// Awaits that end with the attempt.

/** Why an await inside the poster was cut short. Named after the DOM's, so that a poster can tell it from other errors. */
export class AttemptOver extends Error {
  constructor() {
    super("the attempt is over");
    this.name = "AbortError";
  }
}

/** The value, or `AttemptOver` as soon as the signal fires. A value that comes later is dropped. */
export function heed<T>(signal: AbortSignal, value: Promise<T>): Promise<T> {
  const heeded = new Promise<T>((resolve, reject) => {
    const over = () => reject(new AttemptOver());
    if (signal.aborted) over();
    else signal.addEventListener("abort", over, { once: true });
    value.then(resolve, reject).finally(() => signal.removeEventListener("abort", over));
  });
  heeded.catch(() => {}); // a poster that is over may not look any more
  return heeded;
}

/** `true` when `work` ended within `ms`, well or not. */
export function endsWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    work
      .catch(() => {})
      .finally(() => {
        clearTimeout(timer);
        resolve(true);
      });
  });
}
