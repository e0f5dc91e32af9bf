// Which phone is behind an id: an address may lead to another one some day, and one phone may be reached in two ways.
import { isSamePhone, type PhoneIdentity } from "../../core/same-phone.ts";
import type { DeviceId } from "../devices.ts";

/** `other`: another phone than the one that was first made ready under this id. `twin`: the phone that is in use as `of`. */
type Recognized = { is: "same" } | { is: "other"; found: string } | { is: "twin"; of: DeviceId };

export const ASK_IDENTITY = "getprop ro.serialno; cat /proc/sys/kernel/random/boot_id 2>/dev/null";

/** @param out  what `ASK_IDENTITY` printed */
export function parseIdentity(out: string): PhoneIdentity {
  const [name = "", boot = ""] = out.split("\n").map((line) => line.trim());
  return { name: name === "" ? null : name, boot: /^[0-9a-f-]{36}$/i.test(boot) ? boot : null };
}

/** Decides from what phones said; asks none. */
export class Identities {
  /** Names as they were when each id was first made ready; never learnt anew, else a phone that took over an address would pass. */
  readonly #names = new Map<DeviceId, string>();
  /** Phones that are ready and not given up yet. */
  readonly #inUse = new Map<DeviceId, PhoneIdentity>();

  /** A phone that is made ready. `same`: it is in use from now on. */
  take(id: DeviceId, seen: PhoneIdentity): Recognized {
    const recognized = this.check(id, seen);
    if (recognized.is !== "same") return recognized;
    if (seen.name !== null) this.#names.set(id, seen.name);
    this.#inUse.set(id, seen);
    return recognized;
  }

  /** A phone that is looked at again. */
  check(id: DeviceId, seen: PhoneIdentity): Recognized {
    const known = this.#names.get(id);
    if (known !== undefined && seen.name !== known)
      return { is: "other", found: seen.name === null ? "a phone without a serial number" : `phone ${seen.name}` };
    const twin = [...this.#inUse].find(([other, there]) => other !== id && isSamePhone(there, seen));
    if (twin !== undefined) return { is: "twin", of: twin[0] };
    if (this.#inUse.has(id)) this.#inUse.set(id, seen); // it may have been started anew
    return { is: "same" };
  }

  give(id: DeviceId): void {
    this.#inUse.delete(id);
  }
}
