// What befalls a virtual machine beside what its scenario says.
import type { Life } from "./life.ts";

/** How far an attempt has come. */
export type Step = "media" | "working" | "asking" | "granted" | "tapped" | "told";

/** A worker, as far as fate can lay hands on it. */
export type Struck = {
  readonly life: Life;
  /** Its orchestrator. */
  readonly parent: Life;
  /** Its ends lie in the outbox though they may be settled. */
  leaveAlso(): void;
};

/** `value`: what it comes to; after it took effect only. */
export type CallAbout = { args: readonly unknown[]; value?: unknown };

export interface Fate {
  /** An attempt has come so far. */
  step(step: Step, worker: Struck): void;
  /** An orchestrator calls its ledger or outbox. An error is thrown at it, before or after the call took effect. */
  call(life: Life, method: string, when: "before" | "after", about: CallAbout): Error | null;
  /** Units: milliseconds. */
  latency(of: "message" | "ledger"): number;
}
