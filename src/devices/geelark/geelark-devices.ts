// Cloud phones of GeeLark: switched on and off by their API, used over adb.
import { type Instant, instant, later, type Millis, millis, minutes, seconds } from "../../core/ids.ts";
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
import type { AdbDoor, GeelarkApi, GeelarkPhone } from "./geelark-api.ts";
import { GeelarkSwitch } from "./geelark-switch.ts";
import { PhoneBook, type PhoneChoice } from "./phone-book.ts";

export type GeelarkDevicesOptions = {
  api: GeelarkApi;
  adb: AdbSide;
  clock: Clock;
  choice: PhoneChoice;
  started: StartedPhones;
  deadlines?: Partial<GeelarkDeadlines>;
};

/** Milliseconds. `gather`: how long a question waits for others to share its request. */
export type GeelarkDeadlines = { ready: Millis; stop: Millis; poll: Millis; gather: Millis };
const DEADLINES: GeelarkDeadlines = { ready: minutes(4), stop: minutes(1), poll: seconds(3), gather: millis(50) };
/** So many looks in a row that the provider did not answer are taken for an outage. */
const OUTAGE_LOOKS = 3;

export class GeelarkDevices implements Devices, PhonePage {
  readonly #o: GeelarkDevicesOptions;
  readonly #deadlines: GeelarkDeadlines;
  readonly #book: PhoneBook;
  readonly #switch: GeelarkSwitch;
  readonly #leases = new Leases();
  readonly #serials = new Map<DeviceId, string>();
  readonly #pages = new Map<DeviceId, string>();
  #listed: ReturnType<PhoneBook["read"]> | null = null;
  #listedUntil = instant(0);

  constructor(options: GeelarkDevicesOptions) {
    this.#o = options;
    this.#deadlines = { ...DEADLINES, ...options.deadlines };
    this.#book = new PhoneBook(options.api, options.choice);
    this.#switch = new GeelarkSwitch(options.api, options.clock, this.#deadlines);
  }

  /** Asked by many at once, it is one request. */
  async list(): Promise<Answer<DeviceView[]>> {
    const { clock } = this.#o;
    if (clock.now() >= this.#listedUntil) {
      this.#listedUntil = later(clock.now(), this.#deadlines.poll);
      this.#listed = this.#book.read();
    }
    const read = await this.#listed;
    if (read === null) throw new Error("a list that was asked for is there");
    if (!read.ok) return read;
    return ok(read.value.map(({ id, phone }) => ({ id, state: GEELARK_STATES[phone.status], model: phone.model })));
  }

  async lease(id: DeviceId): Promise<Answer<void>> {
    const phone = await this.#book.find(id);
    return phone.ok ? this.#leases.take(id) : phone;
  }

  async start(id: DeviceId, halt: AbortSignal): Promise<Answer<void>> {
    const phone = await this.#leased(id);
    if (!phone.ok) return phone;
    const { started } = this.#o;
    const status = await this.#switch.status(phone.value, halt);
    if (!status.ok) return status;
    if (status.value === "expired") return expired(id);
    if (status.value !== "off") return (await started.isOurs(id)) ? ok(undefined) : strangers(id);
    const allowed = await started.beforeStart(id);
    if (!allowed.ok) return allowed;
    const on = await this.#switch.on(phone.value, halt);
    if (on.ok && on.value !== null) this.#pages.set(id, on.value);
    if (!on.ok && isRefusal(on.error)) await started.afterStop(id);
    return on.ok ? ok(undefined) : on;
  }

  async ready(id: DeviceId, halt: AbortSignal): Promise<Answer<DeviceAddress>> {
    const phone = await this.#leased(id);
    if (!phone.ok) return phone;
    const { clock } = this.#o;
    const end = later(clock.now(), this.#deadlines.ready);
    for (let unanswered = 0; ; ) {
      const seen = await this.#once(id, phone.value, halt);
      if (seen.ok) return ok({ serial: seen.value, adbPort: this.#o.adb.port });
      if (halt.aborted) return fault("try_again", "stopped", `waiting for phone ${id} was stopped`);
      unanswered = seen.error.scope === "provider" ? unanswered + 1 : 0;
      if (isLasting(seen.error) || unanswered >= OUTAGE_LOOKS) return seen;
      const next = this.#nextLook(seen.error);
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

  /** A phone that was not switched on by us is left as it is. */
  async stop(id: DeviceId): Promise<Answer<void>> {
    const serial = this.#serials.get(id);
    if (serial !== undefined) await this.#o.adb.stop(serial); // what it leaves ends with the phone
    this.#serials.delete(id);
    this.#pages.delete(id);
    if (!(await this.#o.started.isOurs(id))) return ok(undefined);
    const phone = await this.#book.findAny(id);
    if (!phone.ok) return phone;
    if (phone.value === null) return lostFromSight(id);
    const off = await this.#switch.off(phone.value);
    if (off.ok) await this.#o.started.afterStop(id);
    return off;
  }

  async release(id: DeviceId): Promise<Answer<void>> {
    this.#leases.give(id);
    return ok(undefined);
  }

  pageOf(id: DeviceId): string | null {
    return this.#pages.get(id) ?? null;
  }

  close(): Promise<void> {
    return this.#o.adb.close();
  }

  async #leased(id: DeviceId): Promise<Answer<GeelarkPhone>> {
    const leased = this.#leases.check(id);
    return leased.ok ? this.#book.find(id) : leased;
  }

  /** One look whether it can be used; moves it one step on where it can't. @returns its adb serial */
  async #once(id: DeviceId, phone: GeelarkPhone, halt: AbortSignal): Promise<Answer<string>> {
    const status = await this.#switch.status(phone, halt);
    if (!status.ok) return status;
    if (status.value === "expired") return expired(id);
    if (status.value === "off") return fault("try_again", "device_offline", `phone ${id} is off`);
    if (status.value === "starting") return fault("try_again", "device_not_booted", `phone ${id} still starts`);
    const door = await this.#switch.door(phone, halt);
    return door.ok ? this.#enter(id, door.value, halt) : door;
  }

  /** The password is asked for again by every new connection. */
  async #enter(id: DeviceId, { serial, password }: AdbDoor, halt: AbortSignal): Promise<Answer<string>> {
    const { adb } = this.#o;
    this.#serials.set(id, serial);
    const reached = await adb.reach(serial, halt);
    if (!reached.ok) return reached;
    const login = await adb.shell(serial, `glogin ${password}`, halt);
    if (!login.ok) return login;
    if (/error/i.test(login.value.out))
      return fault("try_again", "device_error", `phone ${id} refused its own password`);
    const health = await adb.health(serial);
    if (!health.ok) return health;
    return health.value.isBooted ? ok(serial) : fault("try_again", "device_not_booted", `phone ${id} still boots`);
  }

  #nextLook({ retryAfterMs }: DeviceFault): Instant {
    const now = this.#o.clock.now();
    return nextTick(instant(now + (retryAfterMs ?? 0)), this.#deadlines.poll);
  }
}

export const GEELARK_STATES: Readonly<Record<GeelarkPhone["status"], DeviceView["state"]>> = {
  on: "ready",
  starting: "starting",
  off: "off",
  expired: "expired",
};

/** The provider names this phone as one that it did not start. After any other fault nobody knows: it may run. */
const isRefusal = ({ scope, cause }: DeviceFault) =>
  scope === "phone" && cause !== "stopped" && cause !== "provider_error";

/** Waiting does not help. A phone that adb does not reach may still come up, so that one waits. */
const isLasting = ({ kind, cause }: DeviceFault) => kind === "setup" || (kind === "gone" && !COMES_UP.includes(cause));
const COMES_UP: readonly DeviceFault["cause"][] = ["device_not_found"];

const expired = (id: DeviceId) =>
  fault("gone", "device_expired", `phone ${id} has expired at the provider; renew it, or take it out of the config`);

const notReached = (id: DeviceId) => fault("try_again", "device_offline", `phone ${id} is not connected`);

const strangers = (id: DeviceId) =>
  fault("try_again", "device_busy", `phone ${id} runs already and was not started by us: somebody may be using it`);

const lostFromSight = (id: DeviceId) =>
  fault(
    "gone",
    "device_not_found",
    `phone ${id} was started by us and the provider has none of that name now; look there`,
  );
