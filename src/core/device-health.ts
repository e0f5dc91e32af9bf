// When a phone is left out, and when it may come back (3-semantics 3.5): three infrastructure failures in a row on one phone
// while others succeed. Blame is joint: what follows the account over several phones is not held against the phone.
import { type Instant, later, type Millis, minutes } from "./ids.ts";

export type DeviceHealth = {
  /** Infrastructure failures since its last success, oldest first: whose, what of. */
  streak: readonly { account: string; cause: string; at: Instant }[];
  /** Left out until then. The attempt that follows is its probe: it returns, or is left out again for twice as long. */
  out: { until: Instant } | null;
  /** Times it was left out since its last success: each doubles the next. */
  times: number;
};

export type FleetHealth = {
  /** Those that are not simply well. */
  devices: ReadonlyMap<string, DeviceHealth>;
  /** The last successes of two phones: of any phone, and of another. */
  succeeded: readonly { device: string; at: Instant }[];
  /** The last infrastructure failures, oldest first. */
  recent: readonly { account: string; device: string; cause: string }[];
};

export type DeviceEnd = {
  device: string;
  account: string;
  at: Instant;
  /** `other`: failed, yet not of the infrastructure: the phone did its part. */
  outcome: { type: "succeeded" } | { type: "other" } | { type: "failed"; cause: string };
};

export type FleetNews =
  | { type: "none" }
  | { type: "quarantined"; device: string; until: Instant; reason: string; times: number }
  | { type: "returned"; device: string };

const IN_A_ROW = 3;
const FIRST_OUT: Millis = minutes(15);
const LONGEST_OUT: Millis = minutes(8 * 60);
/** So many failures are remembered for whom they follow. */
const REMEMBERED = 100;

export const ALL_WELL: FleetHealth = { devices: new Map(), succeeded: [], recent: [] };
const WELL: DeviceHealth = { streak: [], out: null, times: 0 };
const NO_NEWS: FleetNews = { type: "none" };

export const healthOf = (fleet: FleetHealth, device: string): DeviceHealth => fleet.devices.get(device) ?? WELL;

/** Takes in an attempt that ended on a phone. Cancelled and uncharged ones tell nothing: leave them out. */
export function afterEnd(fleet: FleetHealth, end: DeviceEnd): [FleetHealth, FleetNews] {
  const { outcome, device, account, at } = end;
  if (outcome.type === "failed") return afterFailure(fleet, end, outcome.cause);
  const was = healthOf(fleet, device);
  const others = fleet.succeeded.filter((s) => s.device !== device);
  const next: FleetHealth = {
    devices: withDevice(fleet, device, WELL),
    succeeded: outcome.type === "succeeded" ? [{ device, at }, ...others].slice(0, 2) : fleet.succeeded,
    recent: fleet.recent.filter((f) => f.account !== account),
  };
  return [next, was.out === null ? NO_NEWS : { type: "returned", device }];
}

function afterFailure(fleet: FleetHealth, end: DeviceEnd, cause: string): [FleetHealth, FleetNews] {
  const { account, device, at } = end;
  const was = healthOf(fleet, device);
  const follows = fleet.recent.some((f) => f.account === account && f.device !== device && f.cause === cause);
  const heard = { ...fleet, recent: [...fleet.recent, { account, device, cause }].slice(-REMEMBERED) };
  // a probe that fails puts its phone out again, whoever was to blame before
  if (follows && was.out === null) return [heard, NO_NEWS];
  const health = { ...was, streak: [...was.streak, { account, cause, at }].slice(-IN_A_ROW) };
  const isOut = was.out !== null || isBad(fleet, device, health);
  if (!isOut) return [{ ...heard, devices: withDevice(fleet, device, health) }, NO_NEWS];
  const until = later(at, outFor(was.times));
  const [reason, times] = [reasonOf(health), was.times + 1];
  const out: DeviceHealth = { streak: health.streak, out: { until }, times };
  return [
    { ...heard, devices: withDevice(fleet, device, out) },
    { type: "quarantined", device, until, reason, times },
  ];
}

/** In a row on this phone, while another posted. */
function isBad(fleet: FleetHealth, device: string, { streak }: DeviceHealth): boolean {
  const [first] = streak;
  if (first === undefined || streak.length < IN_A_ROW) return false;
  return fleet.succeeded.some((s) => s.device !== device && s.at >= first.at);
}

function reasonOf({ streak }: DeviceHealth): string {
  const causes = [...new Set(streak.map((s) => s.cause))].join(", ");
  return `${streak.length} infrastructure failures in a row while other phones posted: ${causes}`;
}

const outFor = (times: number): Millis => Math.min(LONGEST_OUT, FIRST_OUT * 2 ** times) as Millis;

/** A phone that an earlier start, or another campaign, left out. */
export function restored(fleet: FleetHealth, device: string, out: { since: Instant; until: Instant }): FleetHealth {
  const times = Math.max(1, 1 + Math.round(Math.log2((out.until - out.since) / FIRST_OUT)));
  return { ...fleet, devices: withDevice(fleet, device, { streak: [], out: { until: out.until }, times }) };
}

/** A person put it back. */
export const putBack = (fleet: FleetHealth, device: string): FleetHealth => ({
  ...fleet,
  devices: withDevice(fleet, device, WELL),
});

function withDevice(fleet: FleetHealth, device: string, health: DeviceHealth): FleetHealth["devices"] {
  if (health === WELL && !fleet.devices.has(device)) return fleet.devices;
  const others = [...fleet.devices].filter(([id]) => id !== device);
  return new Map(health === WELL ? others : [...others, [device, health]]);
}
