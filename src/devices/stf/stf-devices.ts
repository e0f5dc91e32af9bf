// Phones of a DeviceFarmer (STF): reserved for us over its API, used over adb, given back.
import { instant, later, type Millis, minutes, seconds } from "../../core/ids.ts";
import { ok } from "../../core/result.ts";
import type { Clock } from "../../host/host.ts";
import type { AdbSide } from "../adb-side.ts";
import {
  type AccountSeen,
  type Answer,
  type DeviceAddress,
  type DeviceFault,
  type DeviceId,
  type Devices,
  type DeviceView,
  fault,
  type Health,
  type PhonePage,
} from "../devices.ts";
import { Leases } from "../leases.ts";
import type { StartedPhones } from "../started-phones.ts";
import { nextTick } from "../ticks.ts";
import type { StfDevice } from "./replies.ts";
import type { StfApi } from "./stf-api.ts";

export type StfDevicesOptions = {
  api: StfApi;
  /** The farm's address, for people. */
  url: string;
  adb: AdbSide;
  clock: Clock;
  /** Serials that take part; `null` = all of the farm. */
  phones: readonly string[] | null;
  started: StartedPhones;
  deadlines?: Partial<StfDeadlines>;
};
/** Milliseconds. */
export type StfDeadlines = { ready: Millis; poll: Millis };
const DEADLINES: StfDeadlines = { ready: minutes(1), poll: seconds(1) };
const OUTAGE_LOOKS = 3;
const never = new AbortController().signal;

export class StfDevices implements Devices, PhonePage {
  readonly #o: StfDevicesOptions;
  readonly #deadlines: StfDeadlines;
  readonly #leases = new Leases();
  /** As adb knows them. */
  readonly #serials = new Map<DeviceId, string>();

  constructor(options: StfDevicesOptions) {
    this.#o = options;
    this.#deadlines = { ...DEADLINES, ...options.deadlines };
  }

  async list(): Promise<Answer<DeviceView[]>> {
    const devices = await this.#chosen();
    if (!devices.ok) return devices;
    return ok(devices.value.map((d) => ({ id: d.serial, state: stfState(d), model: d.model ?? d.name ?? null })));
  }

  async lease(id: DeviceId): Promise<Answer<void>> {
    const found = await this.#find(id);
    return found.ok ? this.#leases.take(id) : found;
  }

  /** Reserves it. One that this token holds already is ours only if we reserved it: the token may be a person's. */
  async start(id: DeviceId, halt: AbortSignal): Promise<Answer<void>> {
    const leased = this.#leases.check(id);
    if (!leased.ok) return leased;
    const { api, started } = this.#o;
    const held = await api.held(halt);
    if (!held.ok) return held;
    if (held.value.includes(id)) return (await started.isOurs(id)) ? ok(undefined) : strangers(id);
    const free = await this.#free(id); // before it is written down: who has it may be another campaign with another token
    if (!free.ok) return free;
    const allowed = await started.beforeStart(id);
    if (!allowed.ok) return allowed;
    const reserved = await api.reserve(id, halt);
    if (!reserved.ok && isRefusal(reserved.error)) await started.afterStop(id);
    return reserved;
  }

  async ready(id: DeviceId, halt: AbortSignal): Promise<Answer<DeviceAddress>> {
    const leased = this.#leases.check(id);
    if (!leased.ok) return leased;
    const { clock, adb } = this.#o;
    const end = later(clock.now(), this.#deadlines.ready);
    for (let unanswered = 0; ; ) {
      const seen = await this.#once(id, halt);
      if (seen.ok) return ok({ serial: seen.value, adbPort: adb.port });
      if (halt.aborted) return fault("try_again", "stopped", `waiting for phone ${id} was stopped`);
      unanswered = seen.error.scope === "provider" ? unanswered + 1 : 0;
      if (isLasting(seen.error) || unanswered >= OUTAGE_LOOKS) return seen;
      const next = nextTick(instant(clock.now() + (seen.error.retryAfterMs ?? 0)), this.#deadlines.poll);
      if (next >= end) return seen;
      await clock.sleepUntil(next, halt);
    }
  }

  async health(id: DeviceId): Promise<Answer<Health>> {
    const serial = this.#serials.get(id);
    return serial === undefined ? notReached(id) : this.#o.adb.health(serial);
  }

  async confirm(id: DeviceId, account: string): Promise<Answer<AccountSeen>> {
    const serial = this.#serials.get(id);
    return serial === undefined ? notReached(id) : this.#o.adb.confirm(serial, account);
  }

  async clear(id: DeviceId): Promise<Answer<void>> {
    const serial = this.#serials.get(id);
    return serial === undefined ? ok(undefined) : this.#o.adb.clear(serial);
  }

  /** Gives it back if we reserved it. */
  async stop(id: DeviceId): Promise<Answer<void>> {
    const { adb, started, api } = this.#o;
    const serial = this.#serials.get(id);
    if (serial !== undefined) await adb.stop(serial); // what it leaves ends with the reservation
    this.#serials.delete(id);
    if (!(await started.isOurs(id))) return ok(undefined);
    const given = await api.giveBack(id, never);
    if (!given.ok) return given;
    const held = await api.held(never);
    if (!held.ok) return held;
    if (held.value.includes(id))
      return fault("try_again", "device_still_on", `phone ${id} was given back and is still ours`);
    await started.afterStop(id);
    return ok(undefined);
  }

  async release(id: DeviceId): Promise<Answer<void>> {
    this.#leases.give(id);
    return ok(undefined);
  }

  pageOf(id: DeviceId): string {
    return `${this.#o.url}/#!/control/${encodeURIComponent(id)}`;
  }

  close(): Promise<void> {
    return this.#o.adb.close();
  }

  async #once(id: DeviceId, halt: AbortSignal): Promise<Answer<string>> {
    const { adb, api } = this.#o;
    let serial = this.#serials.get(id);
    if (serial === undefined) {
      const connected = await api.connect(id, halt);
      if (!connected.ok) return connected;
      serial = connected.value;
      this.#serials.set(id, serial);
    }
    const reached = await adb.reach(serial, halt);
    if (!reached.ok) {
      if (reached.error.cause === "device_not_found") this.#serials.delete(id); // the farm may have opened another port
      return reached;
    }
    const health = await adb.health(serial);
    if (!health.ok) return health;
    return health.value.isBooted ? ok(serial) : fault("try_again", "device_not_booted", `phone ${id} still boots`);
  }

  async #free(id: DeviceId): Promise<Answer<void>> {
    const found = await this.#find(id);
    if (!found.ok) return found;
    return found.value.owner == null ? ok(undefined) : fault("try_again", "device_busy", `phone ${id} is in use`);
  }

  async #chosen(): Promise<Answer<StfDevice[]>> {
    const { api, phones } = this.#o;
    const devices = await api.devices(never);
    return devices.ok ? ok(devices.value.filter(({ serial }) => phones?.includes(serial) ?? true)) : devices;
  }

  async #find(id: DeviceId): Promise<Answer<StfDevice>> {
    const chosen = await this.#chosen();
    if (!chosen.ok) return chosen;
    const found = chosen.value.find(({ serial }) => serial === id);
    return found === undefined
      ? fault("gone", "device_not_found", `the farm has no phone ${id} among those chosen`)
      : ok(found);
  }
}

export function stfState({ present, ready, using }: StfDevice): DeviceView["state"] {
  if (!present || !ready) return "offline";
  return using ? "ready" : "off";
}

const isRefusal = ({ scope, cause }: DeviceFault) =>
  scope === "phone" && cause !== "stopped" && cause !== "device_timeout";

/** A phone that adb does not reach may still come back, and one that is not reserved yet may fall free. */
const isLasting = ({ kind, cause }: DeviceFault) =>
  kind === "setup" || (kind === "gone" && cause !== "device_not_found");

const notReached = (id: DeviceId) => fault("try_again", "device_offline", `phone ${id} is not connected`);
const strangers = (id: DeviceId) =>
  fault(
    "try_again",
    "device_busy",
    `phone ${id} is held with this token already, and not by us: somebody may be using it`,
  );
