// What GeeLark's codes mean for a phone, or for all of them. Replies are HTTP 200 whatever happened; the code tells.
// Source: geelark-tech/geelark-openapi at 53bc538; where its pages disagree the gentler reading is taken.
import { type Instant, type Millis, millis, minutes } from "../../core/ids.ts";
import { type DeviceFault, type DeviceFaultCause, fault, providerFault } from "../devices.ts";

type Meaning = {
  kind: DeviceFault["kind"];
  cause: DeviceFaultCause;
  /** What to do, where a person can. */
  remedy?: string;
  after?: (now: Instant) => Millis;
};
type Table = Readonly<Record<number, Meaning>>;

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const untilNext = (spanMs: number) => (now: Instant) => millis(spanMs - (now % spanMs));
const twoHours = () => minutes(120);

const busy: Meaning = { kind: "try_again", cause: "device_busy" };
const maintenance: Meaning = { kind: "try_again", cause: "device_unavailable" };
const noCapacity: Meaning = { kind: "try_again", cause: "device_unavailable", after: () => minutes(1) };
const missing: Meaning = { kind: "gone", cause: "device_not_found", remedy: "take it out of the config" };
const expired: Meaning = { kind: "gone", cause: "device_expired", remedy: "renew it, or take it out of the config" };

/** A phone's own code, in the details of a batch. */
const OF_PHONE: Table = {
  42001: missing,
  42002: { kind: "try_again", cause: "device_offline" },
  43004: expired,
  43005: busy,
  43006: busy,
  43007: busy,
  43008: { kind: "gone", cause: "device_daily_limit", after: untilNext(DAY_MS) },
  43009: busy,
  43010: busy,
  43020: maintenance,
  43021: busy,
  43029: maintenance,
  45002: { kind: "try_again", cause: "device_unavailable", remedy: "see to the phone's proxy" },
  46001: { kind: "gone", cause: "device_unavailable" },
  47001: noCapacity,
  47002: noCapacity,
  47003: expired,
  47004: missing,
  49001: { kind: "try_again", cause: "device_no_adb" },
  49002: { kind: "gone", cause: "device_no_adb", remedy: "take a phone of Android 11 or newer" },
};

const badRequest: Meaning = { kind: "setup", cause: "provider_refused", remedy: "see url and filter under devices" };
const badSecret: Meaning = { kind: "setup", cause: "provider_auth", remedy: "check token or key, and this clock" };
const passing: Meaning = { kind: "try_again", cause: "provider_error" };

/** The code of a whole reply. */
const OF_PROVIDER: Table = {
  40000: passing,
  40001: badRequest,
  40002: badRequest,
  40003: badSecret,
  40004: badRequest,
  40005: badRequest,
  40007: { kind: "try_again", cause: "rate_limited", after: untilNext(MINUTE_MS) },
  40008: badRequest,
  40011: { kind: "setup", cause: "provider_refused", remedy: "the plan does not include the API: upgrade it" },
  40012: { kind: "setup", cause: "provider_refused", remedy: "this part of the API has ended: update reprise" },
  40014: { kind: "try_again", cause: "rate_limited", after: twoHours },
  40015: badRequest,
  40016: badRequest,
  40017: passing,
  41001: { kind: "setup", cause: "provider_balance", remedy: "top up the account at the provider" },
  47002: { kind: "try_again", cause: "rate_limited", after: twoHours },
  50000: passing,
};

/** These come with details, phone by phone. */
export const CODES_WITH_DETAILS: readonly number[] = [0, 40006, 40009];

type Said = { code: number; msg: string };

/** @param at  what was asked of which phone, such as `phone anna: starting` */
export function phoneFault(at: string, said: Said, now: Instant): { ok: false; error: DeviceFault } {
  const meaning = OF_PHONE[said.code] ?? { kind: "try_again", cause: "device_error" };
  const made = fault(meaning.kind, meaning.cause, messageOf(at, said, meaning));
  return { ok: false, error: { ...made.error, retryAfterMs: meaning.after?.(now) ?? null } };
}

/** @param at  what was asked, such as `POST /open/v1/phone/list` */
export function replyFault(at: string, said: Said, now: Instant): { ok: false; error: DeviceFault } {
  const meaning = OF_PROVIDER[said.code] ?? passing;
  const kind = meaning.kind === "setup" ? "setup" : "try_again";
  return providerFault(kind, meaning.cause, messageOf(at, said, meaning), meaning.after?.(now) ?? null);
}

function messageOf(at: string, { code, msg }: Said, { remedy }: Meaning): string {
  const words = msg.replaceAll(/\s+/g, " ").slice(0, 200);
  return `${at}: ${words} (code ${code})${remedy === undefined ? "" : `; ${remedy}`}`;
}
