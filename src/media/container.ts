// Whether a file's content can be posted: its type by content, and for videos what its container says of itself.
import type { FileHandle } from "node:fs/promises";
import { createRequire } from "node:module";
import type * as Mediabunny from "mediabunny";

/** What is wrong with a file's content, fit to stand after its name; `null` = nothing. */
export type ContentFault = { cause: "media_unsupported" | "media_broken"; message: string } | null;

const IMAGES = new Set([
  "image/png",
  "image/apng",
  "image/jpeg",
  "image/gif",
  "image/webp",
  "image/heic",
  "image/heif",
]);
const VIDEOS = new Set(["video/mp4", "video/quicktime", "video/x-m4v"]);
const ALLOWED = "mp4 and mov videos, png, jpeg, gif, webp and heic images can be posted";
/** What a type is recognised by lies in its first bytes (file-type reads so much itself). */
const HEAD_BYTES = 4100;

/**
 * Looks for what makes an open file unpostable. Reads its head, and of a video its index; never the frames.
 *
 * Errors: those of reading the file.
 */
export async function faultOf(file: FileHandle, size: number): Promise<ContentFault> {
  const { fileTypeFromBuffer } = await import("file-type");
  const type = await fileTypeFromBuffer(await bytesOf(file, 0, Math.min(HEAD_BYTES, size)));
  if (type === undefined)
    return { cause: "media_unsupported", message: `is of no known type by its content; ${ALLOWED}` };
  if (IMAGES.has(type.mime)) return null;
  if (VIDEOS.has(type.mime)) return videoFaultOf(file, size);
  return { cause: "media_unsupported", message: `is ${type.mime} by its content; ${ALLOWED}` };
}

/** Its one-file build: loads four times as fast as its hundred modules, and each worker loads it for its first video. */
const containers = () => createRequire(import.meta.url)("mediabunny") as typeof Mediabunny;

async function videoFaultOf(file: FileHandle, size: number): Promise<ContentFault> {
  if (await isCutOff(file, size)) return broken("is cut off: its end is missing; copy it again");
  const { Input, CustomSource, MP4, QTFF } = containers();
  let readError: unknown = null;
  const read = async (start: number, end: number) => {
    try {
      return await bytesOf(file, start, end);
    } catch (error) {
      readError = error; // the library would hide which call failed
      throw error;
    }
  };
  const input = new Input({ formats: [MP4, QTFF], source: new CustomSource({ getSize: () => size, read }) });
  try {
    const track = await input.getPrimaryVideoTrack();
    if (track === null) return broken("has no video track (or no index, 'moov')");
    const duration = await track.computeDuration();
    return duration > 0 ? null : broken("lasts 0 seconds");
  } catch (error) {
    if (readError !== null) throw readError;
    return broken(`is no sound mp4 or mov: ${firstLine(error)}`);
  } finally {
    input.dispose();
  }
}

/** Whether the box of the frames promises more bytes than there are. The library reads only the index and would not see it. */
async function isCutOff(file: FileHandle, size: number): Promise<boolean> {
  for (let at = 0, boxes = 0; at + 8 <= size && boxes < 10_000; boxes++) {
    const head = await bytesOf(file, at, Math.min(at + 16, size));
    const short = head.readUInt32BE(0);
    const length =
      short === 1 && head.length === 16 ? Number(head.readBigUInt64BE(8)) : short === 0 ? size - at : short;
    const name = head.toString("latin1", 4, 8);
    if (at + length > size) return name === "mdat" || name === "moov";
    if (length < 8) return false;
    at += length;
  }
  return false;
}

async function bytesOf(file: FileHandle, start: number, end: number): Promise<Buffer<ArrayBuffer>> {
  const bytes = Buffer.alloc(end - start);
  const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
  return bytes.subarray(0, bytesRead);
}

const broken = (message: string): ContentFault => ({ cause: "media_broken", message });
const firstLine = (error: unknown) => (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
