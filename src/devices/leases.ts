import { ok } from "../core/result.ts";
import { type Answer, type DeviceId, fault } from "./devices.ts";

/** Who holds which phone within this process. */
export class Leases {
  #held = new Set<DeviceId>();

  take(id: DeviceId): Answer<void> {
    if (this.#held.has(id)) return fault("try_again", "device_busy", `phone ${id} is in use by another attempt`);
    this.#held.add(id);
    return ok(undefined);
  }

  give(id: DeviceId): void {
    this.#held.delete(id);
  }

  /** To be asked before anything is done to a phone. */
  check(id: DeviceId): Answer<void> {
    if (this.#held.has(id)) return ok(undefined);
    return fault("setup", "not_leased", `phone ${id} was to be used without a lease`);
  }
}
