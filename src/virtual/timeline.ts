// Virtual time: what is to happen, in order. What is ready runs first; then time jumps to the next entry.

type Entry = { at: number; seq: number; run: (() => void) | null };

/** How a course ended. `stuck`: nothing was left to happen. `too_long`: it would not end. */
export type CourseEnd = "over" | "stuck" | "too_long";

export class Timeline {
  /** Milliseconds since the beginning. Never goes back. */
  now = 0;
  #seq = 0;
  readonly #heap: Entry[] = [];
  /** Work that real input and output does: time stands still until it is done. */
  #busy = 0;

  /** Runs it at `at`, or now if that is past. Returns what calls it off. */
  at(at: number, run: () => void): () => void {
    const entry: Entry = { at: Math.max(at, this.now), seq: ++this.#seq, run };
    push(this.#heap, entry);
    return () => {
      entry.run = null;
    };
  }

  after(ms: number, run: () => void): () => void {
    return this.at(this.now + ms, run);
  }

  /** Time does not go on before this has settled. */
  async hold<T>(work: Promise<T>): Promise<T> {
    this.#busy++;
    try {
      return await work;
    } finally {
      this.#busy--;
    }
  }

  /**
   * Lets time go on, from entry to entry; between two of them all that is ready runs.
   *
   * @param most  entries; more of them are taken for a course that does not end
   */
  run(isOver: () => boolean, most = 1_000_000): Promise<CourseEnd> {
    let left = most;
    return new Promise((resolve, reject) => {
      const turn = () => {
        try {
          if (this.#busy > 0) return void setImmediate(turn);
          if (isOver()) return resolve("over");
          const next = this.#next();
          if (next === null) return resolve("stuck");
          if (left-- <= 0) return resolve("too_long");
          this.now = next.at;
          next.run?.();
        } catch (error) {
          return reject(error);
        }
        afterAllThatIsReady(turn);
      };
      afterAllThatIsReady(turn);
    });
  }

  #next(): Entry | null {
    for (;;) {
      const entry = pop(this.#heap);
      if (entry === undefined) return null;
      if (entry.run !== null) return entry;
    }
  }
}

/** Ticks wait until no promise has anything to do any more; a round of the event loop costs ten times as much. */
const afterAllThatIsReady = (turn: () => void) => queueMicrotask(() => process.nextTick(turn));

const isBefore = (a: Entry, b: Entry) => a.at < b.at || (a.at === b.at && a.seq < b.seq);

function push(heap: Entry[], entry: Entry): void {
  let i = heap.push(entry) - 1;
  while (i > 0) {
    const up = (i - 1) >> 1;
    const above = heap[up] as Entry;
    if (!isBefore(entry, above)) break;
    heap[i] = above;
    i = up;
  }
  heap[i] = entry;
}

function pop(heap: Entry[]): Entry | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  let i = 0;
  for (;;) {
    const left = 2 * i + 1;
    if (left >= heap.length) break;
    const right = left + 1;
    const child = right < heap.length && isBefore(heap[right] as Entry, heap[left] as Entry) ? right : left;
    if (!isBefore(heap[child] as Entry, last)) break;
    heap[i] = heap[child] as Entry;
    i = child;
  }
  heap[i] = last;
  return first;
}
