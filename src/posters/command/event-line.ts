// What a command poster writes to descriptor 3: one JSON object a line.
import { z } from "zod";
import { CATEGORIES, type Category } from "../../core/failure.ts";
import { type Millis, millis } from "../../core/ids.ts";

export type PosterEvent =
  | { type: "step"; name: string }
  | { type: "publishing"; baseline: string | null }
  | { type: "posted"; url: string | null }
  | {
      type: "not_posted";
      category: Category | null;
      cause: string | null;
      message: string;
      retryAfterMs: Millis | null;
      cooldownMs: Millis | null;
    }
  | { type: "evidence"; path: string }
  | { type: "verified"; posted: boolean | null; isPending: boolean };

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/;

/** Seconds, or text such as `30s`, `5m`, `24h`. */
const duration = z
  .union([z.number().nonnegative(), z.string().regex(DURATION)])
  .transform((value): Millis => millis(Math.round(typeof value === "number" ? value * 1000 : inMs(value))));

function inMs(text: string): number {
  const [, amount, unit] = DURATION.exec(text) ?? [];
  return Number(amount) * UNIT_MS[(unit ?? "s") as keyof typeof UNIT_MS];
}

const short = z.string().max(1000);
/** Whatever the poster uses to tell posts apart; anything but text is kept as JSON. */
const baseline = z
  .unknown()
  .optional()
  .transform((value) =>
    value === undefined || value === null ? null : typeof value === "string" ? value : toJson(value),
  )
  .pipe(z.string().max(10_000).nullable());
const toJson = (value: unknown) => JSON.stringify(value);

const eventSchema: z.ZodType<PosterEvent> = z.discriminatedUnion("type", [
  z.object({ type: z.literal("step"), name: short.min(1) }),
  z.object({ type: z.literal("publishing"), baseline }),
  z.object({ type: z.literal("posted"), url: z.string().max(10_000).nullish().transform(orNull) }),
  z
    .object({
      type: z.literal("not_posted"),
      category: z.enum(CATEGORIES).nullish().transform(orNull),
      cause: short.nullish().transform(orNull),
      message: z.string().nullish(),
      retry_after: duration.nullish().transform(orNull),
      cooldown: duration.nullish().transform(orNull),
    })
    .transform(({ type, category, cause, message, retry_after, cooldown }) => ({
      type,
      category,
      cause,
      message: (message ?? cause ?? "not posted").slice(0, 8192),
      retryAfterMs: retry_after,
      cooldownMs: cooldown,
    })),
  z.object({ type: z.literal("evidence"), path: z.string().min(1).max(4096) }),
  z
    .object({ type: z.literal("verified"), posted: z.boolean().nullable(), pending: z.boolean().nullish() })
    .transform(({ type, posted, pending }) => ({ type, posted, isPending: pending === true })),
]);

function orNull<T>(value: T | null | undefined): T | null {
  return value ?? null;
}

/** `null`: not an event of the protocol (another type, a missing field, no JSON). */
export function parseEventLine(line: string): PosterEvent | null {
  try {
    return eventSchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null; // not JSON
  }
}
