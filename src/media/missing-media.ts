// Which media are not where the jobs say: by the names in each folder alone, so that thousands of jobs cost a few looks.
import { readdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** `why`: of the folder itself; `null`: it can be read, and these files are not in it. */
export type MissingMedia = { folder: string; why: string | null; missing: string[]; of: number };

/** A share on the network that has gone may never answer. */
const LONGEST_LOOK_MS = 5_000;
const MOST_FOLDERS = 500;

/**
 * Looks at no more than 500 folders; reads and opens no media.
 *
 * @returns the folders where something is missing, as the files came
 */
export async function missingMedia(files: Iterable<string>): Promise<MissingMedia[]> {
  const folders = new Map<string, Set<string>>();
  for (const file of files) {
    const folder = dirname(file);
    if (!folders.has(folder) && folders.size === MOST_FOLDERS) continue;
    const names = folders.get(folder) ?? new Set();
    folders.set(folder, names.add(basename(file)));
  }
  const found: MissingMedia[] = [];
  for (const [folder, wanted] of folders) {
    const there = await namesIn(folder);
    const missing = [...wanted].filter((name) => typeof there === "string" || !there.has(name));
    if (missing.length > 0)
      found.push({ folder, why: typeof there === "string" ? there : null, missing, of: wanted.size });
  }
  return found;
}

/** The names, or why they can't be had. */
async function namesIn(folder: string): Promise<Set<string> | string> {
  const late = new AbortController();
  try {
    return await Promise.race([
      readdir(folder).then((names) => new Set(names)),
      pause(LONGEST_LOOK_MS, "does not answer", { signal: late.signal }),
    ]);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") return "is not there";
    return code === "ENOTDIR" ? "is not a folder" : `can't be read (${code})`;
  } finally {
    late.abort();
  }
}
