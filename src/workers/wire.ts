// Schemas of what crosses a process border or lies in the outbox. They mirror core's types; the compiler compares them.
import { z } from "zod";
import type { Claim, GoAnswer, KnownMedia, PhoneAddress, Unconfirmed } from "../core/claim.ts";
import { CATEGORIES } from "../core/failure.ts";
import { attemptId, fence, instant, jobId, millis, passNo, runId } from "../core/ids.ts";
import type { NoGo, PosterEnd, PosterExit, PosterWord } from "../core/poster-end.ts";
import type { PosterSettings } from "../core/settings.ts";
import type { Look } from "../core/verify.ts";
import type { CheckTask, LookTask, WorkerTask } from "./workers.ts";

const ms = z.number().transform(millis);
const at = z.number().transform(instant);
export const attemptSchema = z.string().min(1).transform(attemptId);
export const fenceSchema = z.number().transform(fence);
const text = z.string();
const maybe = text.nullable();

export const mediaSchema: z.ZodType<KnownMedia> = z.object({ size: z.number(), mtimeMs: z.number(), hash: text });

const jobSchema = z.object({
  id: text.transform(jobId),
  account: text,
  platform: text,
  media: text,
  caption: text,
  priority: z.number(),
  pool: maybe,
  notBefore: at.nullable(),
  notAfter: at.nullable(),
  allowRepost: z.boolean(),
  data: z.record(text, z.unknown()),
});

const claimSchema: z.ZodType<Claim> = z.object({
  attempt: attemptSchema,
  fence: fenceSchema,
  run: text.transform(runId),
  pass: z.number().transform(passNo),
  job: jobSchema,
  worker: z.number(),
  device: maybe,
  spent: z.object({ infrastructure: z.number(), unknown: z.number(), rateLimits: z.number() }),
  startedAt: at,
  media: mediaSchema.nullable(),
  opaque: z.boolean(),
});

const unconfirmedSchema: z.ZodType<Unconfirmed> = z.object({
  job: jobSchema,
  attempt: attemptSchema,
  pass: z.number().transform(passNo),
  device: maybe,
  intentAt: at,
  absentSince: at.nullable(),
  lookAt: at.nullable(),
  baseline: maybe,
});

const phoneAddress: z.ZodType<PhoneAddress> = z.object({
  id: text,
  serial: text,
  adbPort: z.number().nullable(),
  systemPort: z.number().nullable(),
});
const phone = phoneAddress.nullable();

const posterSchema: z.ZodType<PosterSettings> = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("command"),
    exec: text,
    verifyExec: maybe,
    silentIs: z.enum(["unconfirmed", "failed"]),
  }),
  z.object({ kind: z.literal("module"), file: text, seed: z.number() }),
  z.object({ kind: z.literal("simulated"), scenarioFile: maybe, seed: z.number() }),
]);

const secrets = z.array(text);
export const workerTaskSchema: z.ZodType<WorkerTask> = z.object({
  claim: claimSchema,
  phone,
  poster: posterSchema,
  attemptTimeoutMs: ms,
  secrets,
});
export const lookTaskSchema: z.ZodType<LookTask> = z.object({
  unconfirmed: unconfirmedSchema,
  phone,
  poster: posterSchema,
  timeoutMs: ms,
  secrets,
});

export const checkTaskSchema: z.ZodType<CheckTask> = z.object({
  attempt: attemptSchema,
  job: jobSchema,
  phone: phoneAddress,
  poster: posterSchema,
  timeoutMs: ms,
  secrets,
});

const NO_GO = [
  "stopping",
  "fenced",
  "duplicate",
  "twin_unconfirmed",
  "account_held",
  "limit",
  "too_late",
  "verifying",
  "wrong_phone",
] as const;
const noGoSchema: z.ZodType<NoGo> = z.enum(NO_GO);
export const goSchema: z.ZodType<GoAnswer> = z.discriminatedUnion("go", [
  z.object({ go: z.literal(true) }),
  z.object({ go: z.literal(false), reason: noGoSchema }),
]);
export const lookSchema: z.ZodType<Look> = z.enum(["posted", "absent", "pending_upload", "cannot_tell"]);

const wordSchema: z.ZodType<PosterWord> = z.discriminatedUnion("type", [
  z.object({ type: z.literal("posted"), url: maybe }),
  z.object({
    type: z.literal("not_posted"),
    category: z.enum(CATEGORIES).nullable(),
    cause: maybe,
    message: text,
    retryAfterMs: ms.nullable(),
    cooldownMs: ms.nullable(),
  }),
]);

const exitSchema: z.ZodType<PosterExit> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("code"), code: z.number() }),
  z.object({ kind: z.literal("signal"), signal: text }),
  z.object({ kind: z.literal("timed_out"), afterMs: ms }),
  z.object({ kind: z.literal("cancelled") }),
  z.object({ kind: z.literal("media"), cause: text, message: text, category: z.enum(["content", "setup"]) }),
  z.object({ kind: z.literal("not_started"), errno: text, message: text }),
  z.object({ kind: z.literal("lost"), message: text }),
]);

const errorSchema: z.ZodType<NonNullable<PosterEnd["error"]>> = z.object({
  errorName: text.exactOptional(),
  w3c: text.exactOptional(),
  errno: text.exactOptional(),
  http: z.number().exactOptional(),
});

export const posterEndSchema: z.ZodType<PosterEnd> = z.object({
  spoke: z.boolean(),
  said: wordSchema.nullable(),
  exit: exitSchema,
  gotGo: z.boolean(),
  noGo: noGoSchema.nullable(),
  step: text,
  stderrTail: text,
  error: errorSchema.nullable(),
  evidence: z.array(text),
});
