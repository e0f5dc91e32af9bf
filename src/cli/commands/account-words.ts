// How an account reads: who needs a person first, then whose limit is reached, then the rest.
import { RepriseError } from "../../core/errors.ts";
import { DEFAULT_PLATFORM } from "../../core/job.ts";
import type { AccountView } from "../../ledger/ledger.ts";
import { brief, harmless } from "../../report/harmless.ts";
import { count, moment } from "../../report/words.ts";

export const ACCOUNT_STATES = ["ready_for_review", "held", "unconfirmed", "limit_reached", "ok"] as const;
export type AccountState = (typeof ACCOUNT_STATES)[number];

/** What a person is to know of it first. Only the first three need one. */
export function standingOf(a: AccountView): AccountState {
  if (a.state !== "ok") return a.state;
  if (a.unconfirmed > 0) return "unconfirmed";
  return a.limits.daily > 0 && a.postsToday >= a.limits.daily ? "limit_reached" : "ok";
}

const needsPerson = (a: AccountView): boolean => ACCOUNT_STATES.indexOf(standingOf(a)) < 3;

/** Who needs a person first; among equals the order is left as it was. */
export const byNeed = (a: AccountView, b: AccountView): number =>
  ACCOUNT_STATES.indexOf(standingOf(a)) - ACCOUNT_STATES.indexOf(standingOf(b));

/** `held,ok` as states. Throws `usage` for a word that is none. */
export function accountStates(text: string): AccountState[] {
  return text.split(",").map((word) => {
    const found = ACCOUNT_STATES.find((s) => s === word.trim());
    if (found !== undefined) return found;
    throw new RepriseError("usage", `--status is "${word}": must be ${ACCOUNT_STATES.join(", ")}`);
  });
}

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());
const minutesOf = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
const windowOf = ({ window }: AccountView["limits"]) =>
  window === null ? null : `${minutesOf(window.from)}-${minutesOf(window.to)}`;

/** An account as scripts read it. */
export function accountJson(a: AccountView): object {
  const { hold, limits } = a;
  return {
    account: a.name,
    platform: a.platform,
    state: a.state,
    status: standingOf(a),
    needs_you: needsPerson(a),
    hold:
      hold === null
        ? null
        : {
            cause: hold.cause,
            reason: hold.reason,
            by: hold.by,
            at: iso(hold.at),
            cooldown_until: iso(hold.cooldownUntil),
          },
    device: a.settings.device,
    timezone: limits.zone,
    window: windowOf(limits),
    posts_today: a.postsToday,
    daily_limit: limits.daily,
    last_post_at: iso(a.lastPostAt),
    next_at: iso(a.nextAt),
    pending: a.pending,
    deferred: a.deferred,
    held: a.held,
    unconfirmed: a.unconfirmed,
  };
}

export const ACCOUNT_COLUMNS = [
  "ACCOUNT",
  "PLATFORM",
  "STATUS",
  "TODAY",
  "ZONE",
  "WINDOW",
  "DEVICE",
  "LAST POST",
  "NEXT",
  "OPEN",
  "HELD",
  "WHY",
];

/** What says nothing in a column, so that a column of it alone is left out. */
export const DULL = {
  PLATFORM: DEFAULT_PLATFORM,
  WINDOW: "any",
  DEVICE: "any",
  "LAST POST": "never",
  NEXT: "-",
  OPEN: "0",
  HELD: "0",
  WHY: "",
};

/** A line of the table. Times are the machine's. */
export function accountRow(a: AccountView, now: number): string[] {
  const { limits } = a;
  const next = a.nextAt === null ? "-" : a.nextAt <= now ? "now" : moment(a.nextAt);
  return [
    harmless(a.name),
    harmless(a.platform),
    standingOf(a).replaceAll("_", " "),
    `${a.postsToday}/${limits.daily === 0 ? "any" : limits.daily}`,
    limits.zone,
    windowOf(limits) ?? "any",
    harmless(a.settings.device ?? "any"),
    a.lastPostAt === null ? "never" : moment(a.lastPostAt),
    next,
    String(a.pending + a.deferred),
    String(a.held),
    why(a),
  ];
}

function why(a: AccountView): string {
  const parts: string[] = [];
  if (a.hold !== null) parts.push(holdWords(a.hold));
  if (a.unconfirmed > 0) parts.push(`${count(a.unconfirmed, "post")} may be live`);
  return parts.join("; ");
}

function holdWords({ cause, reason, at, cooldownUntil }: NonNullable<AccountView["hold"]>): string {
  const because = reason === "" || reason === cause ? harmless(cause) : `${harmless(cause)} (${brief(reason, 60)})`;
  const cooling = cooldownUntil === null ? "" : `, cooldown until ${moment(cooldownUntil)}`;
  return `${because} since ${moment(at)}${cooling}`;
}
