// Who runs a campaign right now, without touching its lock (a probe could make a start fail).
import { type LockHolder, readHolder } from "../conflict/conflict.ts";
import { nodeProcesses } from "../host/node/node-host.ts";

/** The living orchestrator of this machine; `null` = nobody. */
export function livingHolder(stateDir: string, campaign: string): LockHolder | null {
  const holder = readHolder(stateDir, campaign);
  return holder !== null && nodeProcesses.isAlive(holder) ? holder : null;
}
