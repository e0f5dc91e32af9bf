// Phones in memory: they start, answer, fall away and come back as they are told. For runs without adb.
import { instant, later, type Millis, millis } from "../../core/ids.ts";
import { ok } from "../../core/result.ts";
import type { Clock } from "../../host/host.ts";
import {
  type AccountSeen,
  type Answer,
  type DeviceAddress,
  type DeviceId,
  type Devices,
  type DeviceView,
  fault,
  type Health,
} from "../devices.ts";
import { Leases } from "../leases.ts";

/** How a simulated phone is; a test or a scenario changes it at will. */
export type SimulatedPhone = {
  is: "reachable" | "gone" | "frozen" | "unauthorized";
  isOn: boolean;
  accounts: string[];
  freeBytes: number;
};

export type SimulatedDevicesOptions = {
  ids: readonly DeviceId[];
  clock: Clock;
  /** Time from `start` to ready. */
  startMs: Millis;
  /** How long `ready` waits. */
  readyMs: Millis;
  /** How long any other look waits for a frozen phone. */
  answerMs: Millis;
};

const LOOK_EVERY = millis(20);
const never = new AbortController().signal;
type Inside = SimulatedPhone & { onAt: number };

/** They name no account until somebody logs in on them. */
export class SimulatedDevices implements Devices {
  readonly ids: readonly DeviceId[];
  #options: SimulatedDevicesOptions;
  #phones = new Map<DeviceId, Inside>();
  #leases = new Leases();

  constructor(options: SimulatedDevicesOptions) {
    this.#options = options;
    this.ids = options.ids;
    for (const id of options.ids) {
      this.#phones.set(id, { is: "reachable", isOn: false, accounts: [], freeBytes: 64e9, onAt: 0 });
    }
  }

  /** The phone itself, to be changed. Throws if there is none of that name. */
  phone(id: DeviceId): SimulatedPhone {
    const phone = this.#phones.get(id);
    if (phone === undefined) throw new Error(`there is no simulated phone ${id}`);
    return phone;
  }

  async list(): Promise<Answer<DeviceView[]>> {
    return ok([...this.#phones].map(([id, phone]) => view(id, phone)));
  }

  async lease(id: DeviceId): Promise<Answer<void>> {
    return this.#phones.has(id) ? this.#leases.take(id) : missing(id);
  }

  async start(id: DeviceId): Promise<Answer<void>> {
    const leased = this.#leases.check(id);
    if (!leased.ok) return leased;
    const phone = this.#phones.get(id);
    if (phone === undefined) return missing(id);
    if (!phone.isOn)
      Object.assign(phone, { isOn: true, onAt: later(this.#options.clock.now(), this.#options.startMs) });
    return ok(undefined);
  }

  async ready(id: DeviceId, halt: AbortSignal): Promise<Answer<DeviceAddress>> {
    const leased = this.#leases.check(id);
    if (!leased.ok) return leased;
    const { clock, readyMs } = this.#options;
    const end = later(clock.now(), readyMs);
    for (;;) {
      const seen = await this.#answers(id);
      if (seen.ok && this.#isUp(id)) return ok({ serial: id, adbPort: null });
      if (halt.aborted) return fault("try_again", "stopped", `waiting for phone ${id} was stopped`);
      const why = seen.ok ? fault("try_again", "device_not_booted", `phone ${id} still boots`) : seen;
      if (why.error.cause === "device_unauthorized" || clock.now() >= end) return why;
      await clock.sleepUntil(instant(Math.min(end, clock.now() + LOOK_EVERY)), halt);
    }
  }

  async health(id: DeviceId): Promise<Answer<Health>> {
    const seen = await this.#answers(id);
    if (!seen.ok) return seen;
    return ok({ isBooted: this.#isUp(id), freeBytes: seen.value.freeBytes, model: "simulated" });
  }

  async confirm(id: DeviceId, account: string): Promise<Answer<AccountSeen>> {
    const seen = await this.#answers(id);
    if (!seen.ok) return seen;
    const { accounts } = seen.value;
    if (accounts.length === 0) return ok({ is: "unknown" });
    return ok(accounts.includes(account) ? { is: "same" } : { is: "other", found: [...accounts] });
  }

  async clear(): Promise<Answer<void>> {
    return ok(undefined);
  }

  async stop(id: DeviceId, wasOn = false): Promise<Answer<void>> {
    const phone = this.#phones.get(id);
    if (phone !== undefined) phone.isOn = wasOn;
    return ok(undefined);
  }

  async release(id: DeviceId): Promise<Answer<void>> {
    this.#leases.give(id);
    return ok(undefined);
  }

  async close(): Promise<void> {}

  #isUp(id: DeviceId): boolean {
    return (this.#phones.get(id)?.onAt ?? 0) <= this.#options.clock.now();
  }

  async #answers(id: DeviceId): Promise<Answer<SimulatedPhone>> {
    const { clock, answerMs } = this.#options;
    const phone = this.#phones.get(id);
    if (phone === undefined || phone.is === "gone") return missing(id);
    if (phone.is === "unauthorized") return fault("gone", "device_unauthorized", `phone ${id} refuses this computer`);
    if (phone.is === "frozen") {
      await clock.sleepUntil(later(clock.now(), answerMs), never);
      return fault("try_again", "device_timeout", `phone ${id} did not answer in its time`);
    }
    return phone.isOn ? ok(phone) : fault("try_again", "device_offline", `phone ${id} is off`);
  }
}

const missing = (id: DeviceId) => fault("gone", "device_not_found", `there is no simulated phone ${id}`);

function view(id: DeviceId, phone: SimulatedPhone): DeviceView {
  if (phone.is === "unauthorized") return { id, state: "unauthorized", model: "simulated" };
  if (phone.is === "frozen") return { id, state: "offline", model: "simulated" };
  return { id, state: phone.isOn && phone.is === "reachable" ? "ready" : "off", model: "simulated" };
}
