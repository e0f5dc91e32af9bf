import { accessSync, constants, statSync } from "node:fs";
import { dirname } from "node:path";
import type { MediaFacts } from "./facts.ts";

const MOST_FOLDERS = 50;

/** Looks at the folders that hold these media files. Stops asking for more once there are enough folders. */
export async function probeMedia(media: AsyncIterable<string>): Promise<MediaFacts> {
  const folders = new Set<string>();
  let hasMore = false;
  for await (const file of media) {
    const folder = dirname(file);
    if (folders.has(folder)) continue;
    if (folders.size === MOST_FOLDERS) {
      hasMore = true;
      break;
    }
    folders.add(folder);
  }
  const bad = [...folders].flatMap((folder) => {
    const why = faultOf(folder);
    return why === null ? [] : [{ folder, why }];
  });
  return { folders: folders.size, bad, hasMore };
}

function faultOf(folder: string): string | null {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat === undefined) return "is not there";
  if (!stat.isDirectory()) return "is not a folder";
  try {
    accessSync(folder, constants.R_OK | constants.X_OK);
    return null;
  } catch {
    return "can't be read";
  }
}
