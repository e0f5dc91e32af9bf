// What the ledger knows of accounts. Job files add to it; the config of a run says it anew.
import type { AccountSettings } from "../../core/settings.ts";
import { withSaidElsewhere } from "../ledger-rules.ts";
import { ensureAccount } from "./scope.ts";
import type { Tx } from "./writer.ts";

/** Makes accounts known to the campaign; what is said of them replaces what was, what is not said stays. */
export function takeAccounts(tx: Tx, campaign: number, accounts: readonly AccountSettings[]): void {
  for (const a of accounts) {
    const id = ensureAccount(tx.db, a.platform, a.name);
    tx.db.run(
      `UPDATE account SET device = coalesce(?, device), timezone = coalesce(?, timezone), daily_limit = coalesce(?, daily_limit),
       window_from = coalesce(?, window_from), window_to = coalesce(?, window_to) WHERE id = ?`,
      a.device,
      a.timezone,
      a.dailyLimit,
      a.window?.from ?? null,
      a.window?.to ?? null,
      id,
    );
    tx.db.run("UPDATE lane SET device = (SELECT device FROM account WHERE id = ?1) WHERE account = ?1", id);
    tx.db.run("INSERT INTO campaign_account (campaign, account) VALUES (?, ?) ON CONFLICT DO NOTHING", campaign, id);
  }
}

/** Takes over what a run's config says: what an entry leaves out is no longer so. */
export function setAccounts(tx: Tx, campaign: number, accounts: readonly AccountSettings[]): void {
  if (accounts.length === 0) return;
  for (const { platform, name } of accounts) {
    tx.db.run(
      `UPDATE account SET device = NULL, timezone = NULL, daily_limit = NULL, window_from = NULL, window_to = NULL
       WHERE platform = ? AND name = ?`,
      platform,
      name,
    );
  }
  takeAccounts(tx, campaign, withSaidElsewhere(accounts, saidElsewhere(tx, campaign)));
}

/** What the configs of other campaigns say that are running. */
function saidElsewhere(tx: Tx, campaign: number): AccountSettings[] {
  return tx.db
    .all<{ accounts: string | null }>(
      `SELECT settings ->> '$.knownAccounts' AS accounts FROM run WHERE is_open = 1 AND ended_at IS NULL AND campaign <> ?`,
      campaign,
    )
    .flatMap(({ accounts }) => JSON.parse(accounts ?? "[]") as AccountSettings[]);
}
