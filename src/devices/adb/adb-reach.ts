// Brings a phone to where commands reach it, and looks how it is.
import { setTimeout as pause } from "node:timers/promises";
import { ok } from "../../core/result.ts";
import type { PhoneIdentity } from "../../core/same-phone.ts";
import { type Answer, type DeviceFault, fault, type Health } from "../devices.ts";
import type { AdbClient } from "./adb-client.ts";
import { type ListedDevice, parseFree } from "./adb-output.ts";
import { ASK_IDENTITY, parseIdentity } from "./identities.ts";
import { parseSerial } from "./serial.ts";

const LOOK_EVERY_MS = 250;
const LOOK = "getprop sys.boot_completed; getprop ro.product.model; df /sdcard";

export class AdbReach {
  /** Serials that we told adb to connect to. */
  readonly connected = new Set<string>();
  #client: AdbClient;
  #readyMs: number;

  constructor(client: AdbClient, readyMs: number) {
    this.#client = client;
    this.#readyMs = readyMs;
  }

  /** One try to bring the phone to the state `device`. */
  async once(serial: string, halt: AbortSignal): Promise<Answer<void>> {
    const before = await this.#stateOf(serial);
    if (!before.ok) return before;
    if (before.value?.state === "device") return ok(undefined);
    if (parseSerial(serial)?.kind !== "tcp") return stateFault(serial, before.value);
    // an entry that is offline or unauthorized would answer "already connected" for ever
    if (before.value !== null) await this.#client.disconnect(serial);
    const outcome = await this.#client.connect(serial, halt);
    if (!outcome.ok) return outcome;
    if (outcome.value === "refused") return fault("gone", "device_not_found", `phone ${serial}: nobody answers there`);
    this.connected.add(serial);
    const after = await this.#stateOf(serial);
    if (!after.ok) return after;
    return after.value?.state === "device" ? ok(undefined) : stateFault(serial, after.value);
  }

  /** Tries until the phone is up; the last fault tells why it is not. */
  async untilBooted(serial: string, halt: AbortSignal): Promise<Answer<void>> {
    const end = performance.now() + this.#readyMs;
    const within = AbortSignal.any([halt, AbortSignal.timeout(this.#readyMs)]);
    let why: { ok: false; error: DeviceFault } | null = null;
    for (;;) {
      const seen = await this.#onceBooted(serial, within);
      if (seen.ok) return seen;
      if (halt.aborted) return fault("try_again", "stopped", `waiting for phone ${serial} was stopped`);
      if (seen.error.kind === "setup" || seen.error.cause === "device_unauthorized") return seen;
      if (seen.error.cause !== "stopped") why = seen; // cut short by our own deadline: the fault before it says more
      if (performance.now() + LOOK_EVERY_MS >= end) {
        return why ?? fault("try_again", "device_timeout", `phone ${serial} did not answer in its time`);
      }
      await pause(LOOK_EVERY_MS, undefined, { signal: within }).catch(() => {}); // cut short: looked at above
    }
  }

  async health(serial: string): Promise<Answer<Health>> {
    const seen = await this.#stateOf(serial);
    if (!seen.ok) return seen;
    return seen.value?.state === "device" ? this.#look(serial) : stateFault(serial, seen.value);
  }

  async identityOf(serial: string): Promise<Answer<PhoneIdentity>> {
    const end = await this.#client.shell(serial, ASK_IDENTITY);
    return end.ok ? ok(parseIdentity(end.value.out)) : end;
  }

  async #onceBooted(serial: string, halt: AbortSignal): Promise<Answer<void>> {
    const reached = await this.once(serial, halt);
    if (!reached.ok) return reached;
    const seen = await this.#look(serial, halt);
    if (!seen.ok) return seen;
    return seen.value.isBooted ? ok(undefined) : fault("try_again", "device_not_booted", `phone ${serial} still boots`);
  }

  async #look(serial: string, halt?: AbortSignal): Promise<Answer<Health>> {
    const end = await this.#client.shell(serial, LOOK, halt);
    if (!end.ok) return end;
    const [booted = "", model = ""] = end.value.out.split("\n");
    return ok({ isBooted: booted.trim() === "1", model: model.trim() || null, freeBytes: parseFree(end.value.out) });
  }

  async #stateOf(serial: string): Promise<Answer<ListedDevice | null>> {
    const listed = await this.#client.devices();
    return listed.ok ? ok(listed.value.find((device) => device.serial === serial) ?? null) : listed;
  }
}

function stateFault(serial: string, seen: ListedDevice | null): Answer<never> {
  const at = `phone ${serial}`;
  if (seen === null) return fault("gone", "device_not_found", `${at} is not connected`);
  if (seen.state === "unauthorized") {
    return fault("gone", "device_unauthorized", `${at} has not accepted this computer's key; accept it on the phone`);
  }
  if (seen.state === "no permissions" || seen.state === "no") {
    return fault("gone", "device_unauthorized", `${at}: no permission for its USB port; see Android's udev rules`);
  }
  return fault("try_again", "device_offline", `${at} is ${seen.state}`);
}
