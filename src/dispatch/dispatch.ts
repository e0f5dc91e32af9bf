// Carries a pass's eligible jobs to workers and brings their ends home. Order promised: priority, then roughly first in.
import type { Unconfirmed } from "../core/claim.ts";
import type { PassNo } from "../core/ids.ts";

export type Load = {
  inFlight: number;
  /** Of those, attempts whose post may be live: their intent is committed. */
  pastIntent: number;
};

/** `halted`: why the run must end itself. */
export type DrainEnd = { halted: string | null };

export interface Dispatch {
  /** Runs eligible jobs until nothing is eligible and nothing in flight; or, once stopped or halted, until nothing is in flight. */
  drain(pass: PassNo): Promise<DrainEnd>;
  /** Looks for these posts, read-only, as many at a time as there are slots. */
  look(list: readonly Unconfirmed[]): Promise<void>;
  load(): Load;
  /** What its slots post from; `null`: no phone. */
  readonly devices: readonly (string | null)[];
  /**
   * 1: no new claims; attempts before their intent are cancelled, those after it may finish.
   * 2: everything ends now; what had passed its intent is unconfirmed.
   */
  stop(stage: 1 | 2): void;
  /** Paused: attempts finish, no new ones start. */
  pause(isPaused: boolean): void;
  /** Another process changed the ledger: look again for work. */
  poke(): void;
  /** A setup failure was met, even a lone one: the run halts at the end of its pass. */
  readonly setupFailure: string | null;
}
