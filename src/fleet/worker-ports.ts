// A local TCP port for each worker, for the forward to the phone it works on: leased, and nobody else listens there.
import type { FleetBook } from "../ledger/ledger.ts";

export type WorkerPortsOptions = {
  range: { from: number; to: number };
  book: Pick<FleetBook, "leasePort">;
  mark: string;
  /** Can be listened on, or has been made so. */
  isFree(port: number): Promise<boolean>;
};

export class WorkerPorts {
  readonly #o: WorkerPortsOptions;
  readonly #given = new Map<number, Promise<number | null>>();

  constructor(options: WorkerPortsOptions) {
    this.#o = options;
  }

  /** The worker's port, always the same one; `null`: the range is used up. */
  of(worker: number): Promise<number | null> {
    const given = this.#given.get(worker) ?? this.#find();
    this.#given.set(worker, given);
    return given;
  }

  async #find(): Promise<number | null> {
    const { range, book, mark, isFree } = this.#o;
    for (let port = range.from; port <= range.to; port++) {
      if ((await book.leasePort(port, mark)) && (await isFree(port))) return port;
    }
    return null;
  }
}
