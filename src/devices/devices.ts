// Phones: which there are, which one is ours for now, and whether it can be used. Nothing here knows of jobs.
import type { Millis } from "../core/ids.ts";
import type { Result } from "../core/result.ts";

/** What a provider calls a phone; an adb serial for phones on adb. */
export type DeviceId = string;

/** `off`: known, and has to be started (or connected) first. `expired`: it has to be paid for again. */
type DeviceState = "ready" | "off" | "starting" | "offline" | "unauthorized" | "expired";
export type DeviceView = { id: DeviceId; state: DeviceState; model: string | null };

/**
 * Why a phone can't be had. `gone`: waiting does not help, take another phone. `try_again`: it may be there in a while.
 * `setup`: no phone of this provider can be had until a person does something here.
 */
export type DeviceFault = {
  kind: "gone" | "try_again" | "setup";
  cause: DeviceFaultCause;
  /** One line: what was seen, and what to do where a person can do something. */
  message: string;
  /** The provider said when, or it is known; `null`: neither. */
  retryAfterMs: Millis | null;
  /** Whom it strikes. `provider`: every phone of it alike, so other phones are no way out: wait, and charge nobody. */
  scope: "phone" | "provider";
};

export type DeviceFaultCause =
  | "device_not_found"
  | "device_offline"
  | "device_unauthorized"
  | "device_busy"
  | "device_not_booted"
  | "device_timeout"
  | "connection_lost"
  | "device_storage_full"
  | "device_error"
  | "not_leased"
  | "bad_serial"
  | "wrong_phone"
  | "adb_missing"
  | "adb_port_held"
  | "adb_version"
  | "stopped"
  | "device_expired"
  | "device_unavailable"
  | "device_daily_limit"
  | "device_no_adb"
  | "device_still_on"
  | "rate_limited"
  | "provider_unreachable"
  | "provider_error"
  | "provider_auth"
  | "provider_balance"
  | "provider_refused"
  | "phone_minutes_spent";

export type Answer<T> = Result<T, DeviceFault>;

/** Where to reach a phone that is ready. `adbPort`: of the adb server that knows the serial; `null`: no adb involved. */
export type DeviceAddress = { serial: string; adbPort: number | null };

/** How a phone that answers is doing. `freeBytes`: room for media; `null` = it would not say. */
export type Health = { isBooted: boolean; freeBytes: number | null; model: string | null };

/** `unknown`: the phone names no account. */
export type AccountSeen =
  | { is: "same" }
  | { is: "other"; found: string[] }
  | { is: "unknown" }
  /** What answers under this id, or at the end of its forward, is another phone than the one that was first made ready. */
  | { is: "other_phone"; found: string };

/**
 * A provider of phones. No method rejects for what a phone, adb or a provider did; each has a deadline of its own and
 * returns soon after `halt` fires. Leases are this process's; the ledger holds those between processes.
 */
export interface Devices {
  /** All phones of this provider, whoever uses them. */
  list(): Promise<Answer<DeviceView[]>>;
  /** Takes the phone for this holder alone; `device_busy` while another has it. */
  lease(id: DeviceId): Promise<Answer<void>>;
  /** Switches it on, or connects. A phone that runs is left as it is. Record the id before: only ids are needed to stop. */
  start(id: DeviceId, halt: AbortSignal): Promise<Answer<void>>;
  /**
   * Waits until it can be used. A phone that is not reachable all the while is `gone`, a slow one `try_again`. Another phone than the one
   * that was first ready under this id is a `setup` fault, `wrong_phone`; one that is in use under another id is `device_busy`.
   */
  ready(id: DeviceId, halt: AbortSignal): Promise<Answer<DeviceAddress>>;
  /** A look at a phone that was ready. */
  health(id: DeviceId): Promise<Answer<Health>>;
  /**
   * Is it still this phone, and whose: to be asked again right before the intent. Read-only.
   *
   * @param forwardPort  local port that must lead to this phone, if it leads anywhere
   */
  confirm(id: DeviceId, account: string, forwardPort?: number | null): Promise<Answer<AccountSeen>>;
  /**
   * Removes what a failed attempt left on the way to a phone that stays on: forwards, children. An Appium that was killed leaves both,
   * and the next session on that port would fail for it.
   */
  clear(id: DeviceId): Promise<Answer<void>>;
  /**
   * Undoes what `start` and the attempts did: connections, forwards, children. Without a lease too, for the sweep.
   *
   * @param wasOn  it ran before we came, and stays on; left out: by what this provider itself did
   */
  stop(id: DeviceId, wasOn?: boolean): Promise<Answer<void>>;
  /** Gives up the lease; one that is not held is no matter. */
  release(id: DeviceId): Promise<Answer<void>>;
  /** Ends what belongs to no phone, such as an adb server of our own. */
  close(): Promise<void>;
}

/** Of providers that have one: a page on which a person can see and use the phone. */
export interface PhonePage {
  /** `null`: none is known. */
  pageOf(id: DeviceId): string | null;
}

export const fault = (
  kind: DeviceFault["kind"],
  cause: DeviceFaultCause,
  message: string,
): { ok: false; error: DeviceFault } => ({
  ok: false,
  error: { kind, cause, message, retryAfterMs: null, scope: "phone" },
});

/** A fault of the provider itself, whichever phone was asked for. */
export const providerFault = (
  kind: "try_again" | "setup",
  cause: DeviceFaultCause,
  message: string,
  retryAfterMs: Millis | null = null,
): { ok: false; error: DeviceFault } => ({
  ok: false,
  error: { kind, cause, message, retryAfterMs, scope: "provider" },
});
