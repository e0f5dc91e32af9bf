// Many phones, one request: what is asked for within a moment is asked for together.
import { setTimeout as pause } from "node:timers/promises";
import type { Answer } from "./devices.ts";

export type SendBatch<T> = (ids: string[]) => Promise<Answer<Map<string, Answer<T>>>>;

export class Batch<T> {
  readonly #send: SendBatch<T>;
  readonly #most: number;
  readonly #gatherMs: number;
  #waiting: { ids: Set<string>; answer: Promise<Answer<Map<string, Answer<T>>>> } | null = null;

  /**
   * @param most      ids in one request
   * @param gatherMs  how long the first one waits for others
   */
  constructor(send: SendBatch<T>, most: number, gatherMs: number) {
    this.#send = send;
    this.#most = most;
    this.#gatherMs = gatherMs;
  }

  /** `null`: the answer says nothing of this id. */
  async ask(id: string): Promise<Answer<T> | null> {
    if (this.#waiting === null || (this.#waiting.ids.size >= this.#most && !this.#waiting.ids.has(id))) this.#open();
    const batch = this.#waiting;
    batch?.ids.add(id);
    const all = await batch?.answer;
    if (all === undefined || !all.ok) return all ?? null;
    return all.value.get(id) ?? null;
  }

  #open(): void {
    const ids = new Set<string>();
    const batch = {
      ids,
      answer: pause(this.#gatherMs).then(() => {
        if (this.#waiting === batch) this.#waiting = null;
        return this.#send([...ids]);
      }),
    };
    this.#waiting = batch;
  }
}
