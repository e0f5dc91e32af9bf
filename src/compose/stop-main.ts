// `stop`: asks the running orchestrator to stop, through the ledger, and waits until it is gone.
import { setTimeout as sleep } from "node:timers/promises";
import type { Resolved } from "../config/config.ts";
import { livingHolder } from "./living-holder.ts";
import { openLedger } from "./open-ledger.ts";

const LOOK_EVERY_MS = 50;
const SAY_EVERY_MS = 2_000;

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
  const isThere = () => running()?.pid === holder.pid;
  for (let waited = 0; isThere(); waited += LOOK_EVERY_MS) {
    // said again: one that is just starting drops what was said before its start
    if (waited % SAY_EVERY_MS === 0)
      await ledger.campaign(campaign).desk.send(now ? "stop_now" : "stop", "reprise stop");
    await sleep(LOOK_EVERY_MS);
  }
  await ledger.close();
  return { wasRunning: true };
}
