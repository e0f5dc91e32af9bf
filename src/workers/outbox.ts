// Ends of attempts whose orchestrator was gone before it had committed them. Read at the next start.
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type AttemptId, type Fence, type JobId, jobId } from "../core/ids.ts";
import type { PosterEnd } from "../core/poster-end.ts";
import { attemptSchema, fenceSchema, posterEndSchema } from "./wire.ts";

export const OUTBOX_VERSION = 1;
export const outboxFolder = (stateDir: string) => join(stateDir, "outbox");

export type OutboxEntry =
  | { kind: "end"; file: string; attempt: AttemptId; fence: Fence; job: JobId | null; end: PosterEnd }
  /** Cannot be read; left where it is. The attempt then counts as one whose worker died. */
  | { kind: "damaged"; file: string; why: string };

const entrySchema = z.object({
  v: z.literal(OUTBOX_VERSION),
  attempt: attemptSchema,
  fence: fenceSchema,
  /** An older version did not say it. */
  job: z.string().transform(jobId).nullable().default(null),
  end: posterEndSchema,
});

/** All ends left by workers that outlived their orchestrator, in order of their names. No folder: none. */
export async function readOutbox(stateDir: string): Promise<OutboxEntry[]> {
  const folder = outboxFolder(stateDir);
  const names = await readdir(folder).catch((e: NodeJS.ErrnoException) => {
    if (e.code === "ENOENT") return [];
    throw e;
  });
  const files = names.filter((name) => name.endsWith(".json")).sort();
  return Promise.all(files.map((name) => readEntry(join(folder, name))));
}

/** Removes an entry once its end is committed. */
export const dropOutbox = (file: string): Promise<void> => rm(file, { force: true });

async function readEntry(file: string): Promise<OutboxEntry> {
  try {
    const { attempt, fence, job, end } = entrySchema.parse(JSON.parse(await readFile(file, "utf8")));
    return { kind: "end", file, attempt, fence, job, end };
  } catch (e) {
    return { kind: "damaged", file, why: e instanceof Error ? e.message : String(e) };
  }
}
