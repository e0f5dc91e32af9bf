import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { AttemptId, Fence, JobId } from "../../core/ids.ts";
import type { PosterEnd } from "../../core/poster-end.ts";
import { failpoint } from "../../failpoint/failpoint.ts";
import { OUTBOX_VERSION, outboxFolder } from "../outbox.ts";

export type Unsettled = { attempt: AttemptId; fence: Fence; job: JobId; end: PosterEnd };

/** Leaves an end for the next start. On disk when it returns: whole or not at all. Throws what the disk throws. */
export function writeOutbox(stateDir: string, unsettled: Unsettled): void {
  const folder = outboxFolder(stateDir);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${unsettled.attempt}.json`);
  const part = `${file}.part`;
  flushed(part, "w", (fd) => writeSync(fd, JSON.stringify({ v: OUTBOX_VERSION, ...unsettled })));
  failpoint("worker.outbox_half");
  renameSync(part, file);
  flushed(folder, "r", () => {});
}

function flushed(path: string, flags: "w" | "r", write: (fd: number) => void): void {
  const fd = openSync(path, flags, 0o600);
  try {
    write(fd);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
