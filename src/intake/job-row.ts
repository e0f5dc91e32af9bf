// One row of a job file as a job, or what is wrong with it.
import { createHash } from "node:crypto";
import { z } from "zod";
import { type Instant, instant, jobId } from "../core/ids.ts";
import { DEFAULT_PLATFORM, type JobSpec } from "../core/job.ts";
import { err, ok, type Result } from "../core/result.ts";
import { fieldMeant } from "./field-meant.ts";
import { type MediaMap, mediaPath } from "./media-path.ts";

export type RowFault = { field: string | null; reason: string };
/** Where media paths of a file start. `folder` absolute. */
export type RowPlace = { folder: string; mediaMap: MediaMap };

const CAPTION_LENGTH = 10_000;
const CONTROL = /\p{Cc}/u;

const sound = (text: string) => !text.includes("\0") && text.isWellFormed();
const UNSOUND = "holds NUL bytes or broken characters";
const name = z
  .union([z.string(), z.int().transform(String)], "must be a text")
  .refine((s) => sound(s) && !CONTROL.test(s), "holds control characters")
  .transform((s) => s.trim())
  .refine((s) => s.length <= 200, "is longer than 200 characters");
const path = z
  .string("must be a text")
  .refine((s) => s.trim() !== "", "is empty")
  .refine(sound, UNSOUND)
  .refine((s) => s.length <= 4096, "is longer than 4,096 characters");
const time = z.string("must be a text such as 2026-11-24T18:30").transform((text, context): Instant => {
  const at = instantOf(text);
  if (at === null)
    context.addIssue({
      code: "custom",
      message: "must be a date and time such as 2026-11-24T18:30 or 2026-11-24T18:30:00Z",
    });
  return at ?? instant(0);
});

const ROW = z.strictObject({
  id: name.nullish(),
  account: name.nullish(),
  media: path.nullish(),
  video_path: path.nullish(),
  caption: z
    .string("must be a text")
    .refine(sound, UNSOUND)
    .refine((s) => s.length <= CAPTION_LENGTH || [...s].length <= CAPTION_LENGTH, "is longer than 10,000 characters")
    .nullish(),
  platform: name.nullish(),
  priority: z
    .int("must be a whole number")
    .min(-1e6, "must be at least -1,000,000")
    .max(1e6, "must be at most 1,000,000")
    .nullish(),
  pool: name.nullish(),
  not_before: time.nullish(),
  not_after: time.nullish(),
  allow_repost: z.boolean("must be true or false").nullish(),
  data: z.record(z.string(), z.unknown(), "must be an object").nullish(),
});

/** The fields a row may have. */
export const ROW_FIELDS = Object.keys(ROW.shape);

/** Reads a row; the first thing wrong with it is told. Local times are this machine's. */
export function readJobRow(fields: Record<string, unknown>, place: RowPlace): Result<JobSpec, RowFault> {
  const read = ROW.safeParse(fields);
  if (!read.success) return err(faultOf(read.error.issues[0], fields));
  const row = read.data;
  const given = row.media ?? row.video_path;
  if (given === undefined || given === null)
    return err({ field: "media", reason: "is missing: each job needs a file to post" });
  if (row.media && row.video_path && row.media !== row.video_path) {
    return err({ field: "video_path", reason: "and media name different files: keep one" });
  }
  const [notBefore, notAfter] = [row.not_before ?? null, row.not_after ?? null];
  if (notBefore !== null && notAfter !== null && notAfter < notBefore) {
    return err({ field: "not_after", reason: "lies before not_before" });
  }
  const account = row.account || null;
  const media = mediaPath(given, place.folder, place.mediaMap);
  return ok({
    id: jobId(row.id || derivedId(account, media)),
    account,
    platform: row.platform || DEFAULT_PLATFORM,
    media,
    caption: row.caption ?? "",
    priority: row.priority ?? 0,
    pool: row.pool || null,
    notBefore,
    notAfter,
    allowRepost: row.allow_repost ?? false,
    data: row.data ?? {},
  });
}

/** Reads `2026-11-24`, `2026-11-24T18:30`, with seconds, fractions and offset as given; local without one. `null`: none such. */
export function instantOf(text: string): Instant | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)\s*(Z|[+-]\d{2}:?\d{2})?)?$/.exec(
    text.trim(),
  );
  if (match === null) return null;
  const [, year, month, day, clock = "00:00", offset = ""] = match;
  // Date.parse takes February 31 for March 3.
  if (Number(day) > new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()) return null;
  const at = Date.parse(`${year}-${month}-${day}T${clock.replace(",", ".")}${offset}`);
  return Number.isNaN(at) ? null : instant(at);
}

function derivedId(account: string | null, media: string): string {
  return createHash("sha256")
    .update(`${account ?? ""}\0${media}`)
    .digest("hex")
    .slice(0, 16);
}

function faultOf(issue: z.core.$ZodIssue | undefined, fields: Record<string, unknown>): RowFault {
  if (issue?.code === "unrecognized_keys") {
    const key = issue.keys[0] ?? "";
    const meant = fieldMeant(key, ROW_FIELDS);
    const advice = meant === null ? "put free fields under data" : `did you mean ${meant}?`;
    return { field: key.slice(0, 60), reason: `is no field of a job; ${advice}` };
  }
  const field = issue?.path[0] === undefined ? null : String(issue.path[0]);
  const value = field === null ? undefined : fields[field];
  const shown = ["number", "boolean"].includes(typeof value) || (typeof value === "string" && value.length <= 40);
  return { field, reason: `${issue?.message ?? "is wrong"}${shown ? ` (is ${JSON.stringify(value)})` : ""}` };
}
