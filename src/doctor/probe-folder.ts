import { accessSync, constants, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { FolderFacts } from "./facts.ts";

/** Looks at a folder, or at the nearest one above that is there. Writes nothing. */
export function probeFolder(path: string): FolderFacts {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined && dirname(path) !== path) return { ...probeFolder(dirname(path)), exists: false };
  const disk = diskOf(path);
  return {
    path,
    exists: stat !== undefined,
    isFolder: stat?.isDirectory() ?? false,
    isWritable: isWritable(path),
    owner: stat === undefined || process.getuid === undefined ? null : { uid: stat.uid, own: process.getuid() },
    mode: stat === undefined ? 0 : stat.mode & 0o7777,
    ...disk,
  };
}

function diskOf(path: string): Pick<FolderFacts, "fileSystem" | "freeBytes"> {
  try {
    const { type, bavail, bsize } = statfsSync(path);
    return { fileSystem: type >>> 0, freeBytes: bavail * bsize };
  } catch {
    return { fileSystem: null, freeBytes: null }; // said as "could not be asked"
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
