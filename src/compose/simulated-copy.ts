// `run --simulate` works on a copy of the campaign's open jobs, in a folder of its own: never in the real history.
import { rmSync } from "node:fs";
import type { Resolved } from "../config/config.ts";
import { RepriseError } from "../core/errors.ts";
import { instant } from "../core/ids.ts";
import type { JobSpec } from "../core/job.ts";
import type { RunSettings } from "../core/settings.ts";
import { type CampaignLedger, LedgerError, type PastOutcome } from "../ledger/ledger.ts";
import { openLedger } from "./open-ledger.ts";

const BATCH = 1_000;

/** Makes the copy anew, unless an interrupted simulated run waits to be resumed. To be called under the campaign's lock. */
export async function prepareSimulated(resolved: Resolved, stateDir: string): Promise<void> {
  if (await isUnfinished(resolved, stateDir)) return;
  for (const name of [
    "ledger.db-wal",
    "ledger.db-shm",
    "ledger.db",
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
    const { campaign, settings } = resolved;
    if (copy !== null) await copyJobs(real.campaign(campaign), copy.campaign(campaign), settings);
  } finally {
    await copy?.close();
    await real.close();
  }
}

async function isUnfinished({ campaign }: Resolved, stateDir: string): Promise<boolean> {
  try {
    const ledger = await openLedger(stateDir, "existing");
    const run = (await ledger?.campaign(campaign).views.run()) ?? null;
    await ledger?.close();
    return run?.isOpen ?? false;
  } catch (error) {
    if (error instanceof LedgerError) return false; // a copy that can't be used is made anew
    throw error;
  }
}

/** Said once and before anything starts, instead of by every attempt. @throws RepriseError `usage` */
export async function checkScenario({ settings: { poster } }: Resolved): Promise<void> {
  if (poster.kind !== "simulated") return;
  const { loadScenario } = await import("../sim/load-scenario.ts");
  try {
    await loadScenario(poster.scenarioFile);
  } catch (error) {
    throw new RepriseError("usage", error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** Open jobs as they are; posts made as such, on no day of any limit, so that nothing is posted twice here either. */
export async function copyJobs(
  from: CampaignLedger,
  to: CampaignLedger,
  { retryAllFailed }: RunSettings,
): Promise<void> {
  const tray = await to.intake.open();
  const put = (specs: JobSpec[], past: PastOutcome | null) =>
    tray.add(specs.map((spec) => ({ spec, file: "campaign", line: 0, past })));
  const posted = { state: "success", at: instant(0), url: null } as const;
  await eachPage(
    (page) => from.views.specs({ states: ["success"] }, page),
    (specs) => put(specs, posted),
  );
  await eachPage(from.views.open, (specs) => put(specs, null));
  // an earlier program's failures are not among the open jobs
  if (retryAllFailed)
    await eachPage(
      (page) => from.views.specs({ states: ["failed"] }, page),
      (specs) => put(specs, null),
    );
  await tray.commit(await from.views.accounts(), await from.views.dailyLimit());
}

type Page = { limit: number; after: number };

async function eachPage(
  read: (page: Page) => Promise<{ jobs: JobSpec[]; next: number | null }>,
  put: (specs: JobSpec[]) => Promise<unknown>,
): Promise<void> {
  for (let after: number | null = 0; after !== null; ) {
    const page: Awaited<ReturnType<typeof read>> = await read({ limit: BATCH, after });
    await put(page.jobs);
    after = page.next;
  }
}
