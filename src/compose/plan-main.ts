// `plan`: who would post what, and what holds the rest back. Works on a copy in a folder of its own and writes nothing else.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Resolved } from "../config/config.ts";
import { DEFAULT_PLATFORM } from "../core/job.ts";
import { nodeProcesses } from "../host/node/node-host.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { plainAccount } from "../ledger/ledger-rules.ts";
import { missingMedia } from "../media/missing-media.ts";
import type { Plan } from "../report/plan.ts";
import { count } from "../report/words.ts";
import { withCampaignLimit } from "./campaign-limit.ts";
import { refuseSecondLedger } from "./ledger-elsewhere.ts";
import { copyLedger, openLedger } from "./open-ledger.ts";
import { planRows } from "./plan-rows.ts";
import { refusePosterCommand } from "./poster-command.ts";
import { refused } from "./refused.ts";
import { leftAsTheyAre, takeFiles } from "./take-files.ts";

/** Missing files that are named. */
const NAMED = 3;

/** Plays one pass without a failure over a copy of the ledger. @throws RepriseError */
export async function planMain({ resolved, files }: { resolved: Resolved; files: string[] }): Promise<Plan> {
  // what a run would refuse at once, a plan refuses too: it is asked by those who want to be sure
  const { poster } = resolved.settings;
  if (resolved.hasPoster) refusePosterCommand(poster, process.cwd(), process.env);
  if (poster.kind !== "simulated") await refuseSecondLedger(resolved, files, process.cwd());
  const folder = await mkdtemp(join(tmpdir(), "reprise-plan-"));
  try {
    await copyLedger(resolved.stateDir, folder).catch((error: unknown) => {
      throw refused(error);
    });
    const ledger = await openLedger(folder, "create");
    if (ledger === null) throw new Error("a created ledger is there");
    try {
      return await planOn(ledger, resolved, files);
    } finally {
      await ledger.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function planOn(ledger: Ledger, resolved: Resolved, files: readonly string[]): Promise<Plan> {
  const campaign = ledger.campaign(resolved.campaign);
  const warnings: string[] = [];
  if (files.length > 0) {
    const taken = await takeFiles(campaign, files, resolved);
    warnings.push(
      ...taken.warnings,
      ...leftAsTheyAre(taken),
      ...taken.widespread.map((w) => `${w.media} goes to ${w.accounts} accounts`),
    );
  }
  const { settings } = await withCampaignLimit(resolved, campaign);
  const holder = { ...nodeProcesses.self(), host: nodeProcesses.host() };
  await campaign.runs.open({ settings, holder, simulated: true });
  const { accounts, knownAccounts } = settings;
  const takers =
    accounts?.map((name) => knownAccounts.find((a) => a.name === name) ?? plainAccount(name, DEFAULT_PLATFORM)) ??
    knownAccounts;
  const { left, accounts: dealtTo } = await campaign.runs.deal(takers);
  if (left > 0 && dealtTo === 0) warnings.push(`${count(left, "job")} without account: name some with --accounts`);
  const shared = { campaign: resolved.campaign, workers: settings.workers, warnings };
  const plan = { ...shared, ...(await planRows(ledger, campaign, settings)) };
  if (settings.poster.kind !== "simulated") warnings.push(...(await mediaWarnings(plan.rows)));
  return plan;
}

/** Said of all that may be posted one day; a run would find it out job by job. */
async function mediaWarnings(rows: Plan["rows"]): Promise<string[]> {
  const mayCome = rows.filter(({ action }) => action !== "skip" && action !== "fail");
  return (await missingMedia(mayCome.map(({ media }) => media))).map(({ folder, why, missing, of }) => {
    const remedy = "mount it, or take the jobs in with --media-map FROM=TO";
    if (why !== null) return `${folder} ${why}: ${count(of, "file")} of these jobs should be in it; ${remedy}`;
    const names = missing.slice(0, NAMED).join(", ");
    const more = missing.length > NAMED ? `, and ${missing.length - NAMED} more` : "";
    return `${missing.length} of ${count(of, "file")} not in ${folder}: ${names}${more}`;
  });
}
