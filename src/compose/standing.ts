// `status`: reads the standing; creates nothing.
import type { Resolved } from "../config/config.ts";
import { repairedFor } from "../core/repair-name.ts";
import type { CampaignLedger, Ledger, RunView } from "../ledger/ledger.ts";
import { CAUSES_SHOWN, emptyStanding, type RunState, type StandingView } from "../report/standing.ts";
import { livingHolder } from "./living-holder.ts";
import { openLedger } from "./open-ledger.ts";
import { phoneMinutes } from "./phone-minutes.ts";

/** Named and counted: as many as nobody has. */
const HELD = 10_000;

export async function readStanding({ stateDir, campaign: name }: Resolved): Promise<StandingView> {
  const ledger = await openLedger(stateDir, "existing");
  if (ledger === null) return emptyStanding(name);
  try {
    const campaign = ledger.campaign(name);
    const run = await campaign.views.run();
    const holder = livingHolder(stateDir, name);
    const heldAccounts = await ledger.accounts.held(HELD);
    return {
      ...emptyStanding(name),
      ...(await facts(campaign, run)),
      phones: await phonesOf(ledger, campaign, stateDir),
      holder,
      heldAccounts,
      state: stateOf(run, holder !== null),
    };
  } finally {
    await ledger.close();
  }
}

/** Repairs of the campaign cost too. */
async function phonesOf(ledger: Ledger, campaign: CampaignLedger, stateDir: string): Promise<StandingView["phones"]> {
  const isOfIt = (name: string) => name === campaign.name || repairedFor(name) === campaign.name;
  const on = (await ledger.devices.on()).filter((phone) => isOfIt(phone.campaign));
  const isLeft = (holder: string) => livingHolder(stateDir, holder) === null;
  return {
    minutes: await phoneMinutes(campaign),
    on: on.map(({ id, since, campaign: holder }) => ({ device: id, since, isLeft: isLeft(holder) })),
  };
}

async function facts(campaign: CampaignLedger, run: RunView | null) {
  return {
    counts: await campaign.views.counts(),
    causes: await campaign.views.causes(CAUSES_SHOWN + 1),
    run: run?.run ?? null,
    pass: run?.pass ?? 0,
    maxPasses: run?.maxPasses ?? 0,
    workers: run?.workers ?? 0,
    nextPassAt: run?.delayUntil ?? null,
    lastResult: run?.result ?? null,
    lastExitCode: run?.exitCode ?? null,
  };
}

function stateOf(run: RunView | null, isHeld: boolean): RunState {
  if (!isHeld || run === null || !run.isOpen) return "idle";
  if (run.isStopping) return "stopping";
  if (run.isPaused) return "paused";
  return run.delayUntil === null ? "running" : "waiting";
}
