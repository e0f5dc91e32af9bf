// Keeps logs/*.log small: a log over its size is copied to .1 and emptied. Emptied, not renamed: workers, and other campaigns'
// orchestrators, hold the same file open; all of them append, so that they go on at its new start.
import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
  writeSync,
} from "node:fs";
import { copyFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";

export type RotationRule = { maxBytes: number; keep: number };
const RULE: RotationRule = { maxBytes: 20 * 1024 * 1024, keep: 3 };
const LOOK_EVERY_MS = 60_000;

/** Looks now and every minute until closed. A log that can't be rotated stays as it is. */
export async function openLogRotation(stateDir: string): Promise<{ close(): void }> {
  const folder = join(stateDir, "logs");
  const look = () => rotateLogs(folder, RULE).catch(() => undefined);
  await look();
  const timer = setInterval(look, LOOK_EVERY_MS);
  timer.unref();
  return { close: () => clearInterval(timer) };
}

/** Rotates every log of the folder that is over its size: `x.log` to `x.log.1`, `.1` to `.2`, the oldest goes. */
export async function rotateLogs(folder: string, rule: RotationRule): Promise<void> {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    if (name.endsWith(".log") && statSync(file).size > rule.maxBytes) await rotate(file, rule.keep);
  }
}

async function rotate(file: string, keep: number): Promise<void> {
  const old = (n: number) => `${file}.${n}`;
  await rm(old(keep), { force: true });
  for (let n = keep - 1; n >= 1; n--) if (existsSync(old(n))) await rename(old(n), old(n + 1));
  await copyFile(file, old(1));
  empty(file, old(1));
}

/** Copies what came in meanwhile and empties the log, without a pause between that another process could fall into for long. */
function empty(file: string, copy: string): void {
  const from = openSync(file, "r+");
  const to = openSync(copy, "a");
  try {
    let at = fstatSync(to).size;
    const piece = Buffer.alloc(64 * 1024);
    for (let n = readSync(from, piece, 0, piece.length, at); n > 0; n = readSync(from, piece, 0, piece.length, at)) {
      writeSync(to, piece, 0, n);
      at += n;
    }
    ftruncateSync(from, 0);
  } finally {
    closeSync(from);
    closeSync(to);
  }
}
