// What all workers of a virtual machine share, and what a worker says to its orchestrator.
import type { Claim, GoAnswer, KnownMedia } from "../core/claim.ts";
import type { PosterEnd } from "../core/poster-end.ts";
import type { Look } from "../core/verify.ts";
import type { SimulatedOutcome } from "../sim/scenario.ts";
import type { LookTask } from "../workers/workers.ts";
import type { Fate } from "./fate.ts";
import type { Machine } from "./machine.ts";
import type { Platform } from "./platform.ts";

/** How long things take, in milliseconds. */
type Pace = { media(): number; working(): number; tap(): number; report(): number; look(): number };

/** What all workers of a machine share. */
export type WorkerWorld = {
  machine: Machine;
  platform: Platform;
  fate: Fate;
  pace: Pace;
  scriptOf(claim: Claim): SimulatedOutcome;
  /** What is in a file; by default something that no other holds. */
  contentOf?: (media: string) => string;
  /** What a look answers; by default what the platform shows. */
  look?: (task: LookTask, shown: Look) => Look;
  /** An attempt's process begins, starts its poster, and ends: it ran, its poster died with it, or its worker was killed. */
  onAct?: (claim: Claim, what: "begins" | "posts" | "ends") => void;
  /** What a worker tells as its attempt's end. */
  onEnd?: (claim: Claim, end: PosterEnd) => void;
};

/** What a worker says to its orchestrator. */
export type Word =
  | { type: "spoke" }
  | { type: "step"; name: string }
  | { type: "media"; found: KnownMedia; answer: (answer: GoAnswer) => void }
  | { type: "publishing"; answer: (answer: GoAnswer) => void }
  | { type: "finished"; end: PosterEnd }
  | { type: "looked"; look: Look };
