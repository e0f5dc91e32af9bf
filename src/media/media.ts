// Looks at a media file before an attempt touches a phone (4-posters-devices 4.2).
import type { KnownMedia } from "../core/claim.ts";

export type MediaVerdict =
  | { ok: true; media: KnownMedia }
  /** `setup`: a whole folder or mount is missing, so no job of it can be posted. */
  | { ok: false; category: "content" | "setup"; cause: string; message: string };
