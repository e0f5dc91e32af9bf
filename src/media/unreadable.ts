// Whose fault it is that a media file can't be opened: the file's own, or that of the folder or mount it should be in.
import { opendir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/** Why a file can't be had. */
export type Unreadable = { ok: false; category: "content" | "setup"; cause: string; message: string };

/** Codes by which a mount that went away answers; any file on it would answer so. */
const LOST_MOUNT = new Set(["EIO", "ESTALE", "ENOTCONN", "ENXIO", "ENODEV", "EHOSTDOWN", "EHOSTUNREACH", "ETIMEDOUT"]);

/** The verdict on a file that is there but does not open or read. */
export function unreadableMedia(path: string, code: string): Unreadable {
  if (LOST_MOUNT.has(code)) {
    const message = `${path} can't be read (${code}): the drive or network share it is on has gone; mount it again`;
    return { ok: false, category: "setup", cause: "media_mount_lost", message };
  }
  const advice = code === "EACCES" || code === "EPERM" ? ": give this user the right to read it" : "";
  return {
    ok: false,
    category: "content",
    cause: "media_unreadable",
    message: `${path} can't be read (${code})${advice}`,
  };
}

/** The verdict on a file that is not there. A folder that is missing, or empty as a bare mount point is, is to blame first. */
export async function missingMedia(path: string): Promise<Unreadable> {
  const folder = await topmostMissing(dirname(path));
  if (folder !== null) {
    const message = `folder ${folder} is missing: mount or restore it (wanted for ${path})`;
    return { ok: false, category: "setup", cause: "media_folder_missing", message };
  }
  if (await isEmpty(dirname(path))) {
    const message = `folder ${dirname(path)} is empty: is its drive or share mounted? (wanted for ${path})`;
    return { ok: false, category: "setup", cause: "media_mount_lost", message };
  }
  return { ok: false, category: "content", cause: "media_missing", message: `${path} does not exist` };
}

async function topmostMissing(folder: string): Promise<string | null> {
  if (await exists(folder)) return null;
  const above = dirname(folder);
  return above === folder ? folder : ((await topmostMissing(above)) ?? folder);
}

async function exists(folder: string): Promise<boolean> {
  try {
    await stat(folder);
    return true;
  } catch (error) {
    // Any other error (no right to look, say) leaves the folder out of blame: the file's own error tells more.
    return !(error instanceof Error && "code" in error && error.code === "ENOENT");
  }
}

async function isEmpty(folder: string): Promise<boolean> {
  try {
    await using entries = await opendir(folder);
    return (await entries.read()) === null;
  } catch {
    return false; // not listable: nothing is known against the folder
  }
}
