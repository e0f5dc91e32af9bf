// The daily limit that a campaign's own job files ask for: it counts unless flag, environment or config says otherwise.
import { existsSync } from "node:fs";
import type { Resolved } from "../config/config.ts";
import type { CampaignLedger } from "../ledger/ledger.ts";
import { ledgerFile, openLedger } from "./open-ledger.ts";

/** The settings with the limit that the campaign brought along. */
export async function withCampaignLimit(resolved: Resolved, campaign: CampaignLedger): Promise<Resolved> {
  const daily = await campaign.views.dailyLimit();
  const isSaid = resolved.origins.some((o) => o.key === "limits.daily" && o.from !== "default");
  if (daily === null || isSaid) return resolved;
  return {
    ...resolved,
    settings: { ...resolved.settings, limits: { ...resolved.settings.limits, daily } },
    origins: resolved.origins.map((o) =>
      o.key === "limits.daily" ? { ...o, value: String(daily), from: "campaign", where: "its job file" } : o,
    ),
  };
}

/** What a run of this campaign would go by. Creates nothing. */
export async function effectiveSettings(resolved: Resolved): Promise<Resolved> {
  if (!existsSync(ledgerFile(resolved.stateDir))) return resolved;
  const ledger = await openLedger(resolved.stateDir, "existing");
  if (ledger === null) return resolved;
  try {
    return await withCampaignLimit(resolved, ledger.campaign(resolved.campaign));
  } finally {
    await ledger.close();
  }
}
