// Branded ids and units. Made here and at the edges (parsers, adapters), nowhere else.
declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** The user's name of a job, unique within a campaign. */
export type JobId = Brand<string, "JobId">;
/** One try of one job; unique for ever, safe in file names. */
export type AttemptId = Brand<string, "AttemptId">;
export type RunId = Brand<string, "RunId">;
/** Names a group of failures that have one cause: `c7f3k9m2`. */
export type CauseId = Brand<string, "CauseId">;
/** Counts from 1. */
export type PassNo = Brand<number, "PassNo">;
/** Grows with every claim of a job; the number that refuses a late answer. */
export type Fence = Brand<number, "Fence">;
export type Millis = Brand<number, "Millis">;
/** Milliseconds since the epoch, UTC. */
export type Instant = Brand<number, "Instant">;
/** A calendar day of some zone: `2026-11-23`. */
export type LocalDay = Brand<string, "LocalDay">;

export const jobId = (text: string) => text as JobId;
export const attemptId = (text: string) => text as AttemptId;
export const runId = (text: string) => text as RunId;
export const causeId = (text: string) => text as CauseId;
export const passNo = (n: number) => n as PassNo;
export const fence = (n: number) => n as Fence;
export const millis = (n: number) => n as Millis;
export const seconds = (n: number) => millis(n * 1000);
export const minutes = (n: number) => millis(n * 60_000);
export const instant = (n: number) => n as Instant;
export const localDay = (text: string) => text as LocalDay;
export const later = (at: Instant, by: Millis) => instant(at + by);
