import { posix } from "node:path";

export type MediaMap = readonly { from: string; to: string }[];

/**
 * The absolute path of a job's media.
 *
 * @param media   as the job file has it, either sort of slash
 * @param folder  absolute; of the job file
 * @param map     rewrites path roots, first that fits, before anything else
 * @returns drive paths (`C:/...`) and shares (`//host/...`) that no map rewrote stay as they are
 */
export function mediaPath(media: string, folder: string, map: MediaMap): string {
  const mapped = rewritten(slashed(media), map);
  if (/^[A-Za-z]:\//.test(mapped)) return posix.normalize(mapped);
  if (mapped.startsWith("//")) return `/${posix.normalize(mapped)}`;
  return posix.isAbsolute(mapped) ? posix.normalize(mapped) : posix.join(slashed(folder), mapped);
}

/** Whether a path names a Windows drive or share, which this machine does not have. */
export const isWindowsPath = (path: string) => /^([A-Za-z]:\/|\/\/)/.test(path);

function rewritten(media: string, map: MediaMap): string {
  for (const { from, to } of map) {
    const root = slashed(from).replace(/\/+$/, "");
    if (media === root || media.startsWith(`${root}/`))
      return slashed(to).replace(/\/+$/, "") + media.slice(root.length);
  }
  return media;
}

const slashed = (path: string) => (path.includes("\\") ? path.replaceAll("\\", "/") : path);
