// Who remembers, over crashes and over processes, which phones were switched on by us. The ledger does in a run.
import { ok } from "../core/result.ts";
import type { Answer, DeviceId } from "./devices.ts";

export interface StartedPhones {
  /** Durable before it resolves: from now on the phone may run for us. A fault: it may not. */
  beforeStart(id: DeviceId): Promise<Answer<void>>;
  /** Whether it was switched on by us (any process of ours), and not switched off since. */
  isOurs(id: DeviceId): Promise<boolean>;
  /** It is off, as the provider says. */
  afterStop(id: DeviceId): Promise<void>;
}

/** Remembers for this process alone. */
export class StartedHere implements StartedPhones {
  readonly #ids = new Set<DeviceId>();
  async beforeStart(id: DeviceId): Promise<Answer<void>> {
    this.#ids.add(id);
    return ok(undefined);
  }
  async isOurs(id: DeviceId): Promise<boolean> {
    return this.#ids.has(id);
  }
  async afterStop(id: DeviceId): Promise<void> {
    this.#ids.delete(id);
  }
}
