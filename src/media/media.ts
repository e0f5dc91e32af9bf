// Looks at a media file before an attempt touches a phone (4-posters-devices 4.2).
import { createHash } from "node:crypto";
import { constants, type Stats } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import type { KnownMedia } from "../core/claim.ts";
import { missingMedia, unreadableMedia } from "./unreadable.ts";

export type MediaVerdict =
  | { ok: true; media: KnownMedia }
  /** `setup`: a whole folder or mount is missing, so no job of it can be posted. */
  | { ok: false; category: "content" | "setup"; cause: string; message: string };

/**
 * Checks that a file can be posted, and hashes it.
 *
 * @param path   absolute
 * @param known  what an earlier check found; believed, without a read, while size and time of change are the same
 * @returns the file's size, mtime and `sha256:...`, or why not: causes `media_missing`, `media_unreadable`, `media_empty`,
 *          `media_unsupported`, `media_broken`, `media_changing` (content), `media_folder_missing`, `media_mount_lost` (setup)
 * Errors: none that the file system or the file can cause.
 */
export async function checkMedia(path: string, known: KnownMedia | null): Promise<MediaVerdict> {
  try {
    const found = await stat(path);
    if (known !== null && isSame(found, known)) return { ok: true, media: known };
    if (!found.isFile()) return content("media_unreadable", `${path} is ${sortOf(found)}, not a file`);
    if (found.size === 0) return content("media_empty", `${path} is empty (0 bytes)`);
    return await checkFile(path, found);
  } catch (error) {
    const code = errnoOf(error);
    if (code === null) throw error;
    return code === "ENOENT" ? missingMedia(path) : unreadableMedia(path, code);
  }
}

async function checkFile(path: string, found: Stats): Promise<MediaVerdict> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { faultOf } = await import("./container.ts");
    const fault = await faultOf(file, found.size);
    if (fault !== null) return content(fault.cause, `${path} ${fault.message}`);
    const hash = await hashOf(file, found.size);
    if (!isSame(await file.stat(), found)) return content("media_changing", `${path} was still being written`);
    return { ok: true, media: { size: found.size, mtimeMs: found.mtimeMs, hash } };
  } finally {
    await file.close();
  }
}

/** `size`: as it was found; a file that has grown is read to its end all the same. */
async function hashOf(file: FileHandle, size: number): Promise<string> {
  const hash = createHash("sha256");
  const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, size + 1));
  for (let at = 0; ; ) {
    const { bytesRead } = await file.read(piece, 0, piece.length, at);
    if (bytesRead === 0) return `sha256:${hash.digest("hex")}`;
    hash.update(bytesRead === piece.length ? piece : piece.subarray(0, bytesRead));
    at += bytesRead;
  }
}

/** A whole MB for each small file costs more, in collecting it, than all else that is done for an attempt. */
const PIECE_BYTES = 1 << 20;

const isSame = (a: { size: number; mtimeMs: number }, b: { size: number; mtimeMs: number }) =>
  a.size === b.size && a.mtimeMs === b.mtimeMs;

function sortOf(found: Stats): string {
  if (found.isDirectory()) return "a folder";
  return found.isFIFO() ? "a pipe" : "a device or socket";
}

function content(cause: string, message: string): MediaVerdict {
  return { ok: false, category: "content", cause, message };
}

function errnoOf(error: unknown): string | null {
  return error instanceof Error && "syscall" in error && "code" in error ? String(error.code) : null;
}
