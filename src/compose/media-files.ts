// What a ledger may look at of files that an earlier program posted.
import { stat } from "node:fs/promises";
import type { MediaFiles } from "../ledger/ledger.ts";

export const mediaFiles: MediaFiles = {
  async sizeOf(path) {
    try {
      const found = await stat(path);
      return found.isFile() ? found.size : null;
    } catch {
      return null; // gone, or out of reach: nothing can be the same file as far as anybody can tell
    }
  },
  async read(path) {
    const { checkMedia } = await import("../media/media.ts");
    const verdict = await checkMedia(path, null);
    return verdict.ok ? verdict.media : null;
  },
};
