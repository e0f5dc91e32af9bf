// One attempt in the air: answers its questions, judges its end, writes it down.

import type { CancelReason } from "../../core/attempt.ts";
import type { Claim, GoAnswer, PhoneAddress } from "../../core/claim.ts";
import type { RuleBook } from "../../core/classify.ts";
import type { Evidence } from "../../core/failure.ts";
import type { PosterEnd, Reached } from "../../core/poster-end.ts";
import type { Settlement } from "../../core/retry.ts";
import type { RunSettings } from "../../core/settings.ts";
import { type JudgedEnd, settleEnd } from "../../core/settle-end.ts";
import type { AccountSeen, Answer } from "../../devices/devices.ts";
import { failpoint } from "../../failpoint/failpoint.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { Clock } from "../../host/host.ts";
import type { ClaimDesk } from "../../ledger/ledger.ts";
import type { AttemptHooks, WorkerSlot, WorkerTask } from "../../workers/workers.ts";

export type FlightPlan = {
  claim: Claim;
  phone: PhoneAddress | null;
  slot: WorkerSlot;
  fleet: Pick<Fleet, "confirm">;
  claims: ClaimDesk;
  settings: RunSettings;
  clock: Clock;
  book?: RuleBook | undefined;
  /** What it is written down as, once judged. */
  settling(settlement: Settlement): Settlement;
};

export class Flight {
  readonly claim: Claim;
  readonly #plan: FlightPlan;
  #reached: Reached;
  /** Set by a stop: what a cancelled end is written down as, and no more goes. */
  #ending: CancelReason | null = null;
  /** Why the phone was no good for the post, when that was looked at right before the intent. */
  #wrongPhone: Evidence | null = null;
  /** What kept an answer from the poster: it got no go. */
  #broken: { error: unknown } | null = null;

  constructor(plan: FlightPlan) {
    this.#plan = plan;
    this.claim = plan.claim;
    this.#reached = plan.claim.opaque ? "opaque" : "before";
  }

  get isPastIntent(): boolean {
    return this.#reached !== "before";
  }

  /** Flies to its end. Rejects only if the ledger can't be written, or could not when the poster asked. */
  async fly(): Promise<JudgedEnd & { answer: "ok" | "late" }> {
    const { claim, phone, slot, claims, settings, clock, book } = this.#plan;
    const task = {
      claim,
      phone,
      poster: settings.poster,
      attemptTimeoutMs: settings.attemptTimeoutMs,
      secrets: settings.secrets,
    };
    // a stop may have come while the claim was being written: its poster is not even started
    const end = this.#ending === null ? await this.#start(task) : NEVER_STARTED;
    failpoint("end.heard");
    const { settlement: judged, breach } = settleEnd({
      reached: this.#reached,
      end,
      wrongPhone: this.#wrongPhone,
      spent: claim.spent,
      now: clock.now(),
      cancelledAs: this.#ending ?? "stopped",
      ...(book === undefined ? {} : { book }),
    });
    const settlement = this.#plan.settling(judged);
    const answer = await claims.settle(claim, settlement);
    failpoint("end.settled");
    slot.settled(claim.attempt);
    if (this.#broken !== null) throw this.#broken.error;
    return { settlement, breach, answer };
  }

  /** A silent poster's intent stands before it starts, and so it is then that its phone is looked at. */
  async #start(task: WorkerTask): Promise<PosterEnd> {
    if (asksOpaque(this.#plan.settings) && !(await this.#isRightPhone())) {
      this.#reached = "before";
      return { ...NEVER_STARTED, noGo: "wrong_phone" };
    }
    return this.#ending === null ? this.#plan.slot.attempt(task, this.#hooks()) : NEVER_STARTED;
  }

  /** Ends it if its post can't be live yet; else lets it finish. */
  cancel(as: CancelReason): void {
    this.#ending ??= as;
    this.#plan.slot.cancel();
  }

  kill(as: CancelReason): void {
    this.#ending ??= as;
    this.#plan.slot.kill();
  }

  #hooks(): AttemptHooks {
    const { claim, claims } = this.#plan;
    return {
      media: this.#asked(async (found) => {
        const answer = await claims.recordMedia(claim, found);
        failpoint("media.committed");
        if (answer.go && asksOpaque(this.#plan.settings)) this.#reached = "opaque";
        return this.#ending === null ? answer : { go: false, reason: "stopping" };
      }),
      spoke: () => {
        if (this.#reached !== "opaque") return;
        this.#reached = "before";
        ignoreLost(claims.spoke(claim));
      },
      step: (name) => ignoreLost(claims.step(claim, name)),
      publishing: this.#asked((baseline) => this.#publish(baseline)),
    };
  }

  /** The phone and its account, looked at as late as can be. */
  async #isRightPhone(): Promise<boolean> {
    const { claim, phone, fleet, settings } = this.#plan;
    if (phone === null) return true;
    const seen = await fleet.confirm(claim.worker, claim.job.account);
    this.#wrongPhone = against(seen, { account: claim.job.account, phone, settings });
    return this.#wrongPhone === null;
  }

  /** A question whose answer fails is remembered: the poster gets no go, and no other one is to be let in. */
  #asked<T>(answer: (about: T) => Promise<GoAnswer>): (about: T) => Promise<GoAnswer> {
    return async (about) => {
      try {
        return await answer(about);
      } catch (error) {
        this.#broken ??= { error };
        throw error;
      }
    };
  }

  async #publish(baseline: string | null): Promise<GoAnswer> {
    const { claim, claims, settings } = this.#plan;
    if (this.#ending !== null) return { go: false, reason: "stopping" };
    if (!(await this.#isRightPhone())) return { go: false, reason: "wrong_phone" };
    if (this.#ending !== null) return { go: false, reason: "stopping" };
    const answer = await claims.markPublishing(claim, { baseline }, settings);
    failpoint("intent.committed");
    // from here on the ledger says that the post may be live, whether or not the go still arrives
    if (answer.go) this.#reached = "publishing";
    return answer;
  }
}

type Meant = { account: string; phone: PhoneAddress; settings: RunSettings };

/** What `confirm` says against posting on this phone; `null`: nothing. One that names no account is believed. */
function against(seen: Answer<AccountSeen>, { account, phone, settings }: Meant): Evidence | null {
  if (!seen.ok) {
    const { kind, cause, message } = seen.error;
    return { message, typed: { category: kind === "setup" ? "setup" : "infrastructure", cause }, step: "confirming" };
  }
  if (seen.value.is === "other_phone") {
    const message = `where phone ${phone.id} was, there is ${seen.value.found} now. Nothing was posted. Look which phone has which address`;
    return { message, typed: { category: "setup", cause: "wrong_phone" }, step: "confirming" };
  }
  if (seen.value.is !== "other") return null;
  const typed = { category: "setup", cause: "wrong_account_on_phone" } as const;
  const message = `account ${account} is not logged in on phone ${phone.id}; there is ${seen.value.found.join(", ")}. Nothing was posted. Log in there, or name the account's phone: accounts[].device${kindHint(settings)}`;
  return { message, typed, step: "confirming" };
}

/** Where no kind is named an account of any app counts: better a halt than a post from the wrong one. */
function kindHint({ devices }: RunSettings): string {
  if (!("accountType" in devices) || devices.accountType !== null) return "";
  return ". Where that is another app's account (such as Google's), name the kind to look at: devices.account_type";
}

const NEVER_STARTED: PosterEnd = {
  spoke: false,
  said: null,
  exit: { kind: "cancelled" },
  gotGo: false,
  noGo: "stopping",
  step: "starting",
  stderrTail: "",
  error: null,
  evidence: [],
};

/** Whether a poster may be silent, so that an intent must stand before it starts. */
export function asksOpaque({ poster }: RunSettings): boolean {
  return poster.kind === "command" && poster.silentIs === "unconfirmed";
}

/** A lost note of a step or of a first word costs nothing: the next durable write of this ledger fails too, and is heard. */
function ignoreLost(write: Promise<void>): void {
  write.catch(() => undefined);
}
