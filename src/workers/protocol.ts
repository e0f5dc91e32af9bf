// What the orchestrator and a worker's process say to each other over Node's IPC channel, as JSON. Both sides parse.
import { z } from "zod";
import type { GoAnswer, KnownMedia } from "../core/claim.ts";
import type { AttemptId } from "../core/ids.ts";
import type { PosterEnd } from "../core/poster-end.ts";
import type { Look } from "../core/verify.ts";
import {
  attemptSchema,
  checkTaskSchema,
  goSchema,
  lookSchema,
  lookTaskSchema,
  mediaSchema,
  posterEndSchema,
  workerTaskSchema,
} from "./wire.ts";
import type { CheckTask, LookTask, WorkerTask } from "./workers.ts";

/** Both sides come from one checkout; a mismatch means that it was changed under a running program. */
export const PROTOCOL_VERSION = 1;

export type ParentMessage =
  | { type: "attempt"; task: WorkerTask }
  | { type: "look"; task: LookTask }
  | { type: "check"; task: CheckTask }
  /** To `media` or `publishing`, by its `ask`. */
  | { type: "answer"; ask: number; answer: GoAnswer }
  | { type: "cancel" }
  /** The attempt's end is committed: forget it. */
  | { type: "settled"; attempt: AttemptId }
  | { type: "exit" };

export type ChildMessage =
  | { type: "hello"; v: number; pid: number }
  | { type: "media"; ask: number; attempt: AttemptId; found: KnownMedia }
  /** The poster leads a process group of its own. */
  | { type: "poster_started"; pid: number; startTime: string; bootId: string }
  | { type: "spoke"; attempt: AttemptId }
  | { type: "step"; attempt: AttemptId; name: string }
  | { type: "publishing"; ask: number; attempt: AttemptId; baseline: string | null }
  /** `leaving`: code of the poster still runs in the worker, which has to be replaced. */
  | { type: "finished"; attempt: AttemptId; end: PosterEnd; leaving: boolean }
  | { type: "looked"; attempt: AttemptId; look: Look; leaving: boolean }
  | { type: "checked"; attempt: AttemptId; end: PosterEnd | null; leaving: boolean };

const ask = z.number().int();
const attempt = attemptSchema;
const leaving = z.boolean();
const is = <T extends string>(type: T) => z.literal(type);

const parentMessage: z.ZodType<ParentMessage> = z.discriminatedUnion("type", [
  z.object({ type: is("attempt"), task: workerTaskSchema }),
  z.object({ type: is("look"), task: lookTaskSchema }),
  z.object({ type: is("check"), task: checkTaskSchema }),
  z.object({ type: is("answer"), ask, answer: goSchema }),
  z.object({ type: is("cancel") }),
  z.object({ type: is("settled"), attempt }),
  z.object({ type: is("exit") }),
]);

const childMessage: z.ZodType<ChildMessage> = z.discriminatedUnion("type", [
  z.object({ type: is("hello"), v: z.number(), pid: z.number() }),
  z.object({ type: is("media"), ask, attempt, found: mediaSchema }),
  z.object({ type: is("poster_started"), pid: z.number(), startTime: z.string(), bootId: z.string() }),
  z.object({ type: is("spoke"), attempt }),
  z.object({ type: is("step"), attempt, name: z.string() }),
  z.object({ type: is("publishing"), ask, attempt, baseline: z.string().nullable() }),
  z.object({ type: is("finished"), attempt, end: posterEndSchema, leaving }),
  z.object({ type: is("looked"), attempt, look: lookSchema, leaving }),
  z.object({ type: is("checked"), attempt, end: posterEndSchema.nullable(), leaving }),
]);

/** `null`: not a message of this protocol. */
export const parseParentMessage = (raw: unknown): ParentMessage | null => parentMessage.safeParse(raw).data ?? null;
/** `null`: not a message of this protocol. */
export const parseChildMessage = (raw: unknown): ChildMessage | null => childMessage.safeParse(raw).data ?? null;
