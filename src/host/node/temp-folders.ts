// Folders for temporary files whose owner is written in them: (pid, start time, boot id) and host, as everywhere.
import { lstatSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { ProcessId, TempFolders } from "../host.ts";
import { nodeProcesses } from "./node-host.ts";

const OWNER = "owner.json";
/** A browser that was just killed may still be writing. */
const THOROUGHLY = { recursive: true, force: true, maxRetries: 3, retryDelay: 50 };
type Owner = ProcessId & { host: string };

export const nodeTempFolders = tempFoldersIn(tmpdir());

export function tempFoldersIn(root: string): TempFolders {
  return {
    make: (prefix) => make(join(root, prefix)),
    remove,
    async removeDead(prefix) {
      const names = await readdir(root).catch(() => []);
      const folders = names.filter((name) => name.startsWith(prefix)).map((name) => join(root, name));
      for (const folder of folders) if (isLeftover(folder)) await remove(folder);
    },
  };
}

function make(prefix: string): string {
  const folder = mkdtempSync(prefix);
  const owner: Owner = { ...nodeProcesses.self(), host: nodeProcesses.host() };
  try {
    writeFileSync(join(folder, OWNER), `${JSON.stringify(owner)}\n`, { flag: "wx" });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true }); // nobody would know whose it is
    throw error;
  }
  return folder;
}

async function remove(folder: string): Promise<void> {
  try {
    // its owner last: what stays of it is still known as ours
    for (const name of await readdir(folder)) if (name !== OWNER) await rm(join(folder, name), THOROUGHLY);
    await rm(folder, THOROUGHLY);
  } catch {
    // gone already, or still written to: `removeDead` comes back to it
  }
}

function isLeftover(folder: string): boolean {
  try {
    const stat = lstatSync(folder);
    if (!stat.isDirectory() || stat.uid !== userInfo().uid) return false;
    const owner = JSON.parse(readFileSync(join(folder, OWNER), "utf8")) as Owner;
    return owner.host === nodeProcesses.host() && !nodeProcesses.isAlive(owner);
  } catch {
    return false; // no folder of ours, or not ours to read
  }
}
