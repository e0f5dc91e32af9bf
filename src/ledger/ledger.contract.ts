// What every Ledger adapter must do (docs/words.md). Run it from the adapter's test with a way to open it.
import { claimCases } from "./contract/claims.contract.ts";
import { intakeCases } from "./contract/intake.contract.ts";
import { casesOf, type OpenLedger } from "./contract/world.contract.ts";

export type { LedgerFixture } from "./contract/world.contract.ts";

/** Registers the suite under `name`. Each case opens its own ledger. */
export function ledgerContract(name: string, open: OpenLedger): void {
  const that = casesOf(name, open);
  intakeCases(that);
  claimCases(that);
}
