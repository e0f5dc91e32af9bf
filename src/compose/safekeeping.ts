// `backup` and `restore`. Each is a process of its own: the orchestrator's is never held up, and never has the file opened twice.
import { existsSync, renameSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { ORPHAN_PATIENCE, starterOf, sweepProcesses } from "../cleanup/cleanup.ts";
import type { Resolved } from "../config/config.ts";
import { heldCampaigns, lockLedger } from "../conflict/conflict.ts";
import { RepriseError } from "../core/errors.ts";
import { readPosterEnd } from "../core/poster-end.ts";
import { nodeHost } from "../host/node/node-host.ts";
import { type OutboxEntry, outboxFolder, readOutbox } from "../workers/outbox.ts";
import { livingHolder } from "./living-holder.ts";
import { ledgerFile } from "./open-ledger.ts";
import { refused } from "./refused.ts";
import { refuseFolder } from "./state-folder.ts";

export type Kept = { file: string; bytes: number; newestAt: number | null };
export type Restored = Kept & {
  /** Where the ledger that was there is now; `null`: there was none. */
  aside: string | null;
  /** Posts made, or perhaps made, that only that one knows of; `null`: it can't be read. */
  unknownPosts: number | null;
  /** Where ends are now that no ledger had taken up, and whose posts are among them, or may be; `null`: there were none. */
  left: { aside: string; posts: string[] } | null;
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
  const fresh = `${ledger}.${process.pid}.restored`;
  try {
    const { copyWhole, exchange, idOf, postsSince } = await copies();
    const { bytes, newestAt } = whole(() => copyWhole(from, fresh));
    await endOrphans(whole(() => idOf(fresh)));
    const isThere = existsSync(ledger);
    const unknownPosts = isThere && from !== ledger ? postsSince(ledger, newestAt ?? 0) : 0;
    const end = `.old-${new Date().toISOString().replace(/[-:]|\.\d+/g, "")}`;
    whole(() => exchange(ledger, fresh, `${ledger}${end}`));
    const left = await takeAwayOutbox(stateDir, end);
    return { file: from, bytes, newestAt, aside: isThere ? `${ledger}${end}` : null, unknownPosts, left };
  } finally {
    rmSync(fresh, { force: true }); // there only where it was not put in place
    release();
  }
}

/**
 * What a killed run left going would post, and leave its ends to a ledger that knows nothing of them. A run that lives does so in
 * another folder, with a copy of this ledger: nothing of it is ours to end.
 */
async function endOrphans(ledgerId: string): Promise<void> {
  const host = nodeHost();
  const { bootId } = host.processes.self();
  const isOfLiving = (mark: string) => {
    const starter = starterOf(mark);
    return starter !== null && host.processes.isAlive({ ...starter, bootId });
  };
  await sweepProcesses({
    host,
    prefix: `${ledgerId}/`,
    patienceMs: ORPHAN_PATIENCE,
    keep: new Set(),
    keepMarks: isOfLiving,
  });
}

/** Ends in the outbox are of attempts of the ledger that was there; the one put back gives their ids out again. */
async function takeAwayOutbox(stateDir: string, end: string): Promise<Restored["left"]> {
  const entries = await readOutbox(stateDir);
  if (entries.length === 0) return null;
  const aside = `${outboxFolder(stateDir)}${end}`;
  renameSync(outboxFolder(stateDir), aside);
  return { aside, posts: entries.flatMap((entry) => (mayBePost(entry) ? [entry.job ?? entry.attempt] : [])) };
}

function mayBePost(entry: OutboxEntry): entry is OutboxEntry & { kind: "end" } {
  if (entry.kind !== "end") return false;
  const { type } = readPosterEnd(entry.end.spoke && !entry.end.gotGo ? "before" : "publishing", entry.end);
  return type === "posted" || type === "unconfirmed";
}

function whole<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw refused(error);
  }
}

/** Nobody may post from a ledger that is being exchanged, nor begin to. @returns what lets them again */
function lockAll(stateDir: string): () => void {
  for (const name of heldCampaigns(stateDir)) {
    const holder = livingHolder(stateDir, name);
    if (holder === null) continue;
    const message = `pid ${holder.pid} on ${holder.host} holds campaign "${name}". Stop it first: reprise --campaign ${name} stop`;
    throw new RepriseError("conflict", message, { conflicts: [holder] });
  }
  const release = lockLedger(stateDir);
  if (release === null)
    throw new RepriseError(
      "conflict",
      "a run of this ledger begins or ends right now, or was taken over and lives on, frozen: end it, then try again",
    );
  return release;
}
