// `backup` and `restore`. Each is a process of its own: the orchestrator's is never held up, and never has the file opened twice.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Resolved } from "../config/config.ts";
import { heldCampaigns, lockCampaign } from "../conflict/conflict.ts";
import { RepriseError } from "../core/errors.ts";
import { nodeProcesses } from "../host/node/node-host.ts";
import { ledgerFile } from "./open-ledger.ts";
import { refused } from "./refused.ts";
import { refuseFolder } from "./state-folder.ts";

export type Kept = { file: string; bytes: number; newestAt: number | null };
export type Restored = Kept & {
  /** Where the ledger that was there is now; `null`: there was none. */
  aside: string | null;
  /** Posts made, or perhaps made, that only that one knows of; `null`: it can't be read. */
  unknownPosts: number | null;
};

const copies = () => import("../ledger/sqlite/whole-copy.ts");

/** @throws RepriseError `usage`: no ledger, or the file is there; `preflight`: damaged, or can't be written */
export async function backupMain({ resolved, file }: { resolved: Resolved; file: string }): Promise<Kept> {
  const [from, to] = [ledgerFile(resolved.stateDir), resolve(file)];
  if (!existsSync(from))
    throw new RepriseError("usage", `no ledger in ${resolved.stateDir}; name its folder with --state-dir`);
  if (existsSync(to)) throw new RepriseError("usage", `${file} is there already; name a new file`);
  const { copyWhole } = await copies();
  const { bytes, newestAt } = whole(() => copyWhole(from, to));
  return { file: to, bytes, newestAt };
}

/** @throws RepriseError `conflict` while an orchestrator holds any campaign; `usage`, `preflight`: the file is none to restore */
export async function restoreMain({ resolved, file }: { resolved: Resolved; file: string }): Promise<Restored> {
  const { stateDir } = resolved;
  const [from, ledger] = [resolve(file), ledgerFile(stateDir)];
  if (!existsSync(from)) throw new RepriseError("usage", `no such file: ${file}`);
  refuseFolder(stateDir, resolved);
  const release = lockAll(stateDir);
  try {
    const { copyWhole, exchange, postsSince } = await copies();
    const fresh = `${ledger}.${process.pid}.restored`;
    const { bytes, newestAt } = whole(() => copyWhole(from, fresh));
    const isThere = existsSync(ledger);
    const unknownPosts = isThere && from !== ledger ? postsSince(ledger, newestAt ?? 0) : 0;
    const aside = `${ledger}.old-${new Date().toISOString().replace(/[-:]|\.\d+/g, "")}`;
    whole(() => exchange(ledger, fresh, aside));
    return { file: from, bytes, newestAt, aside: isThere ? aside : null, unknownPosts };
  } finally {
    release();
  }
}

function whole<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw refused(error);
  }
}

/** Nobody may post from a ledger that is being exchanged. @returns what lets them again */
function lockAll(stateDir: string): () => void {
  const self = { ...nodeProcesses.self(), host: nodeProcesses.host(), since: new Date().toISOString() };
  const releases: (() => void)[] = [];
  const release = () => {
    for (const one of releases) one();
  };
  for (const name of heldCampaigns(stateDir)) {
    const lock = lockCampaign(stateDir, name, self);
    if (!lock.ok) {
      release();
      const who = lock.holder === null ? "another run" : `pid ${lock.holder.pid} on ${lock.holder.host}`;
      throw new RepriseError(
        "conflict",
        `${who} holds campaign "${name}". Stop it first: reprise --campaign ${name} stop`,
        {
          conflicts: lock.holder === null ? [] : [lock.holder],
        },
      );
    }
    releases.push(lock.release);
  }
  return release;
}
