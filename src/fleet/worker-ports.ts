// A local TCP port for each worker, for the forward to the phone it works on: leased, and nobody else listens there.
import type { FleetBook } from "../ledger/ledger.ts";

export type WorkerPortsOptions = {
  range: { from: number; to: number };
  book: Pick<FleetBook, "leasePort">;
  mark: string;
  isFree(port: number): Promise<boolean>;
  /** Ends whoever listens there. `null`: nobody is ended. @returns whether it is free now */
  makeFree: ((port: number) => Promise<boolean>) | null;
  onWarning(message: string): void;
};

export class WorkerPorts {
  readonly #o: WorkerPortsOptions;
  readonly #given = new Map<number, Promise<number | null>>();
  /** Leased by us, and held by somebody else. */
  readonly #held: number[] = [];

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
      if (!(await book.leasePort(port, mark))) continue;
      if (await isFree(port)) return port;
      this.#held.push(port);
    }
    return this.#force();
  }

  async #force(): Promise<number | null> {
    const { range, makeFree, onWarning } = this.#o;
    for (let port = this.#held.shift(); port !== undefined; port = this.#held.shift()) {
      if (await makeFree?.(port)) return port;
    }
    const way =
      makeFree === null
        ? "name a wider range (devices.system_ports), or give --force-kill-ports"
        : "name a wider range (devices.system_ports)";
    onWarning(
      `no port of ${range.from}-${range.to} is free for a forward: any other is taken, and nobody knows it for ours; ${way}`,
    );
    return null;
  }
}
