// `run --simulate` works on a copy of the campaign's open jobs, in a folder of its own: never in the real history.
import { rmSync } from "node:fs";
import type { Resolved } from "../config/config.ts";
import { RepriseError } from "../core/errors.ts";
import type { CampaignLedger } from "../ledger/ledger.ts";
import { openLedger } from "./open-ledger.ts";
import { openSession } from "./session.ts";

const BATCH = 1_000;

/**
 * Makes the copy anew, unless an interrupted simulated run waits to be resumed.
 *
 * @throws RepriseError `conflict`; `usage` for a scenario that can't be read
 */
export async function prepareSimulated(resolved: Resolved, stateDir: string): Promise<void> {
  await checkScenario(resolved);
  const session = await openSession(stateDir, resolved.campaign);
  const run = await session.campaign.views.run();
  const isUnfinished = run?.isOpen ?? false;
  await session.close();
  if (isUnfinished) return;
  for (const name of [
    "ledger.db",
    "ledger.db-wal",
    "ledger.db-shm",
    "simulated-posts.jsonl",
    "simulated-began",
    "outbox",
  ]) {
    rmSync(`${stateDir}/${name}`, { recursive: true, force: true });
  }
  const real = await openLedger(resolved.stateDir, "existing");
  if (real === null) return;
  const copy = await openLedger(stateDir, "create");
  try {
    if (copy !== null) await copyOpenJobs(real.campaign(resolved.campaign), copy.campaign(resolved.campaign));
  } finally {
    await copy?.close();
    await real.close();
  }
}

/** Said once and before anything starts, instead of by every attempt. */
async function checkScenario({ settings: { poster } }: Resolved): Promise<void> {
  if (poster.kind !== "simulated") return;
  const { loadScenario } = await import("../sim/load-scenario.ts");
  try {
    await loadScenario(poster.scenarioFile);
  } catch (error) {
    throw new RepriseError("usage", error instanceof Error ? error.message : String(error), { cause: error });
  }
}

async function copyOpenJobs(from: CampaignLedger, to: CampaignLedger): Promise<void> {
  const tray = await to.intake.open();
  for (let after: number | null = 0; after !== null; ) {
    const page: Awaited<ReturnType<CampaignLedger["views"]["open"]>> = await from.views.open({ limit: BATCH, after });
    await tray.add(page.jobs.map((spec) => ({ spec, file: "campaign", line: 0, past: null })));
    after = page.next;
  }
  await tray.commit(await from.views.accounts(), await from.views.dailyLimit());
}
