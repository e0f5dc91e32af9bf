// `plan`: who would post what, and what holds the rest back. Works on a copy in a folder of its own and writes nothing else.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Resolved } from "../config/config.ts";
import { DEFAULT_PLATFORM, type JobState } from "../core/job.ts";
import { nodeProcesses } from "../host/node/node-host.ts";
import type { CampaignLedger, JobView, Ledger } from "../ledger/ledger.ts";
import { plainAccount } from "../ledger/ledger-rules.ts";
import type { Plan, PlanAction, PlanRow } from "../report/plan.ts";
import { withCampaignLimit } from "./campaign-limit.ts";
import { ledgerFile, openLedger } from "./open-ledger.ts";
import { takeFiles } from "./take-files.ts";

const PAGE = 1_000;
/** Claims of one plan at most; the rest is counted, not listed. */
const CLAIMS = 10_000;

/** Plays one pass on a copy of the ledger, claiming without posting. @throws RepriseError */
export async function planMain({ resolved, files }: { resolved: Resolved; files: string[] }): Promise<Plan> {
  const folder = await mkdtemp(join(tmpdir(), "reprise-plan-"));
  try {
    await copyLedger(resolved.stateDir, folder);
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

/** By SQLite's own means: a plain copy of a ledger in use would be torn. */
async function copyLedger(stateDir: string, folder: string): Promise<void> {
  const { existsSync } = await import("node:fs");
  if (!existsSync(ledgerFile(stateDir))) return;
  const { DatabaseSync } = await import("node:sqlite");
  const source = new DatabaseSync(ledgerFile(stateDir), { readOnly: true, timeout: 5_000 });
  try {
    source.prepare("VACUUM INTO ?").run(ledgerFile(folder));
  } finally {
    source.close();
  }
}

async function planOn(ledger: Ledger, resolved: Resolved, files: readonly string[]): Promise<Plan> {
  const campaign = ledger.campaign(resolved.campaign);
  const warnings: string[] = [];
  if (files.length > 0) {
    const taken = await takeFiles(campaign, files, resolved);
    warnings.push(...taken.warnings, ...taken.widespread.map((w) => `${w.media} goes to ${w.accounts} accounts`));
  }
  const { settings } = await withCampaignLimit(resolved, campaign);
  const holder = { ...nodeProcesses.self(), host: nodeProcesses.host() };
  await campaign.runs.open({ settings, holder, simulated: true });
  const { accounts, knownAccounts } = settings;
  const takers =
    accounts?.map((name) => knownAccounts.find((a) => a.name === name) ?? plainAccount(name, DEFAULT_PLATFORM)) ??
    knownAccounts;
  const { left, accounts: dealtTo } = await campaign.runs.deal(takers);
  if (left > 0 && dealtTo === 0) warnings.push(`${left} jobs have no account: name some with --accounts`);
  const posted = await claimAll(campaign, settings);
  return { campaign: resolved.campaign, workers: settings.workers, warnings, ...(await rowsOf(campaign, posted)) };
}

/** Claims and posts, on the copy, until nothing is eligible: what a pass without a failure would do. */
async function claimAll(campaign: CampaignLedger, settings: Resolved["settings"]): Promise<Set<string>> {
  const posted = new Set<string>();
  await campaign.runs.openPass(1);
  while (posted.size < CLAIMS) {
    const slot = { worker: 1, device: null, asOpaque: false };
    const answer = await campaign.claims.claim(slot, settings);
    if (answer.next !== "claimed") break;
    posted.add(answer.claim.job.id);
    await campaign.claims.settle(answer.claim, {
      attempt: { phase: "posted", url: null },
      job: { state: "success" },
      charge: null,
      hold: null,
    });
  }
  return posted;
}

async function rowsOf(
  campaign: CampaignLedger,
  posted: ReadonlySet<string>,
): Promise<Pick<Plan, "rows" | "counts" | "outOfScope">> {
  const rows: PlanRow[] = [];
  const counts: Record<PlanAction, number> = { post: 0, skip: 0, hold: 0, defer: 0 };
  const states: JobState[] = ["pending", "deferred", "held", "skipped", "success"];
  for (let after: number | null = 0; after !== null; ) {
    const page: Awaited<ReturnType<CampaignLedger["views"]["jobs"]>> = await campaign.views.jobs(
      { states },
      { limit: PAGE, after },
    );
    for (const job of page.jobs) {
      const row = rowOf(job, posted);
      if (row === null) continue;
      rows.push(row);
      counts[row.action]++;
    }
    after = page.next;
  }
  const order = ["post", "defer", "hold", "skip"];
  rows.sort((a, b) => order.indexOf(a.action) - order.indexOf(b.action));
  return { rows, counts, outOfScope: (await campaign.views.counts()).out_of_scope };
}

function rowOf(job: JobView, posted: ReadonlySet<string>): PlanRow | null {
  const common = { job: job.id, account: job.account, media: job.media, at: null };
  switch (job.state) {
    case "success":
      return posted.has(job.id) ? { ...common, action: "post", reason: null } : null;
    case "skipped":
      return { ...common, action: "skip", reason: job.wakeReason ?? "duplicate" };
    case "held":
      return { ...common, action: "hold", reason: job.heldBy };
    case "deferred":
      return { ...common, action: "defer", reason: job.wakeReason, at: job.wakeAt };
    default:
      return { ...common, action: "defer", reason: "min_gap", at: job.wakeAt };
  }
}
