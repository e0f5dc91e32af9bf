// `stop`: asks the running orchestrator to stop, through the ledger, and waits until it is gone.
import { setTimeout as sleep } from "node:timers/promises";
import type { Resolved } from "../config/config.ts";
import { livingHolder } from "./living-holder.ts";
import { openLedger } from "./open-ledger.ts";

const LOOK_EVERY_MS = 50;

/** Resolves when no orchestrator holds the campaign any more. */
export async function stopMain({
  resolved,
  now,
}: {
  resolved: Resolved;
  now: boolean;
}): Promise<{ wasRunning: boolean }> {
  const { stateDir, campaign } = resolved;
  const running = () => livingHolder(stateDir, campaign);
  const holder = running();
  const ledger = holder === null ? null : await openLedger(stateDir, "existing");
  if (holder === null || ledger === null) return { wasRunning: false };
  await ledger.campaign(campaign).desk.send(now ? "stop_now" : "stop", "reprise stop");
  await ledger.close();
  while (running()?.pid === holder.pid) await sleep(LOOK_EVERY_MS);
  return { wasRunning: true };
}
