// A local TCP port for each worker, for the forward to the phone it works on: leased, and nobody else listens there.
import type { FleetBook } from "../ledger/ledger.ts";

export type WorkerPortsOptions = {
  range: { from: number; to: number };
  book: Pick<FleetBook, "leasePort">;
  mark: string;
  /** Keeps it from all others of this machine; `null`: somebody has it or listens there. @returns what gives it back */
  reserve(port: number): Promise<(() => void) | null>;
  /** Ends whoever listens there. `null`: nobody is ended. @returns whether it is free now */
  makeFree: ((port: number) => Promise<boolean>) | null;
  onWarning(message: string): void;
};

export class WorkerPorts {
  readonly #o: WorkerPortsOptions;
  readonly #given = new Map<number, Promise<number | null>>();
  readonly #reserved: (() => void)[] = [];
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

  /** When nobody works any more. */
  release(): void {
    for (const giveBack of this.#reserved.splice(0)) giveBack();
    this.#given.clear();
  }

  async #isOurs(port: number): Promise<boolean> {
    const giveBack = await this.#o.reserve(port);
    if (giveBack !== null) this.#reserved.push(giveBack);
    return giveBack !== null;
  }

  async #find(): Promise<number | null> {
    const { range, book, mark } = this.#o;
    for (let port = range.from; port <= range.to; port++) {
      if (!(await book.leasePort(port, mark))) continue;
      if (await this.#isOurs(port)) return port;
      this.#held.push(port);
    }
    return this.#force();
  }

  async #force(): Promise<number | null> {
    const { range, makeFree, onWarning } = this.#o;
    for (let port = this.#held.shift(); port !== undefined; port = this.#held.shift()) {
      if ((await makeFree?.(port)) && (await this.#isOurs(port))) return port;
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
