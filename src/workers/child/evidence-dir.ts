import { mkdirSync, rmdirSync } from "node:fs";

/** Runs with a folder that exists; afterwards it is gone again unless something lies in it. */
export async function withEvidenceDir<T>(folder: string, run: (folder: string) => Promise<T>): Promise<T> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    return await run(folder);
  } finally {
    try {
      rmdirSync(folder);
    } catch {
      // it holds evidence, or the poster removed it itself
    }
  }
}
