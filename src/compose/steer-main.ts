// `pause`, `resume`, `next`: told to the running orchestrator through the ledger; waits until it has taken it up.
import { setTimeout as sleep } from "node:timers/promises";
import type { Resolved } from "../config/config.ts";
import type { CampaignLedger, RunView } from "../ledger/ledger.ts";
import { livingHolder } from "./living-holder.ts";
import { openLedger } from "./open-ledger.ts";

export type Steering = "pause" | "resume" | "next";
/** `idle`: nothing runs. `sent`: it has not answered yet. `needless`: there is no delay to skip. */
export type Steered = "done" | "sent" | "idle" | "needless";

const LOOK_EVERY_MS = 50;
const SAY_EVERY_MS = 1_000;
const PATIENCE_MS = 5_000;

export async function steerMain({ resolved, to }: { resolved: Resolved; to: Steering }): Promise<Steered> {
  const { stateDir, campaign: name } = resolved;
  const ledger = livingHolder(stateDir, name) === null ? null : await openLedger(stateDir, "existing");
  if (ledger === null) return "idle";
  try {
    const campaign = ledger.campaign(name);
    const before = await campaign.views.run();
    if (to === "next" && before?.delayUntil == null) return "needless";
    return await tell(campaign, { to, before, isThere: () => livingHolder(stateDir, name) !== null });
  } finally {
    await ledger.close();
  }
}

type Telling = { to: Steering; before: RunView | null; isThere(): boolean };

async function tell(campaign: CampaignLedger, { to, before, isThere }: Telling): Promise<Steered> {
  for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_EVERY_MS) {
    // said again: one that is just starting drops what was said before its start
    if (waited % SAY_EVERY_MS === 0) await campaign.desk.send(to, `reprise ${to}`);
    await sleep(LOOK_EVERY_MS);
    if (isTakenUp(to, before, await campaign.views.run())) return "done";
    if (!isThere()) return "idle";
  }
  return "sent";
}

function isTakenUp(to: Steering, before: RunView | null, now: RunView | null): boolean {
  if (now === null) return false;
  if (to === "next") return now.delayUntil === null || now.pass !== before?.pass || !now.isOpen;
  return now.isPaused === (to === "pause");
}
