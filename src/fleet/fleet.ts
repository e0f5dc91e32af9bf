// Which phone a worker works on now. Phones are started when there is work for them and stopped when there is none.
import type { PhoneAddress } from "../core/claim.ts";
import type { Category } from "../core/failure.ts";
import type { Instant } from "../core/ids.ts";
import type { AccountSeen, Answer, DeviceId } from "../devices/devices.ts";

export type NextPhone =
  /** `null`: no phone is needed. `phones`: those that could take a job now, this one among them. */
  | { next: "phone"; phone: PhoneAddress | null; phones: readonly DeviceId[] }
  /** No phone with work before `until`. */
  | { next: "wait"; until: Instant; reason: string }
  /** No work, or other workers' phones have it. */
  | { next: "none" }
  /** No phone can be had until a person does something. */
  | { next: "halt"; why: string };

/** Methods reject only where the ledger can't be written. */
export interface Fleet {
  /** All phones that jobs are posted from, to look whether there is work for any; `null` = no phone is needed. */
  readonly devices: readonly (DeviceId | null)[];
  /**
   * A phone for this worker alone, started and ready, until it leaves it: the one it had last without a further look, else
   * one with work that nobody holds.
   *
   * @param stop  ends the wait for a phone that starts; the answer is then `none`
   */
  next(worker: number, stop: AbortSignal): Promise<NextPhone>;
  /** This very phone, for a read-only look. `null`: it can't be had now. */
  visit(worker: number, id: DeviceId, stop: AbortSignal): Promise<PhoneAddress | null>;
  /** Free for others; it stays on for a while. `hasWork`: the worker may come back for more. */
  leave(worker: number, hasWork: boolean): void;
  /** To be asked right before the intent: is this still the phone, and the account's? Read-only. */
  confirm(worker: number, account: string): Promise<Answer<AccountSeen>>;
  /** How an attempt on this worker's phone failed; such a phone is looked at before the next one. `rest`: not before then. */
  used(worker: number, failed: Category | null, rest: Instant | null): void;
  /** Stops every phone of ours, and gives those that made trouble another chance. @returns their ids */
  stopAll(): Promise<DeviceId[]>;
  /** Gives phones that made trouble another chance; those that are on stay on. */
  anew(): void;
  /** `stopAll`, and ends what belongs to no phone. */
  close(): Promise<void>;
}
