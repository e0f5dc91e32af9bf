// What every Ledger adapter must do. An adapter's test runs it with a way to open the adapter.

import { causeCases } from "./contract/causes.contract.ts";
import { claimCases } from "./contract/claims.contract.ts";
import { configCases } from "./contract/config.contract.ts";
import { deskCases } from "./contract/desk.contract.ts";
import { fleetCases } from "./contract/fleet.contract.ts";
import { intakeCases } from "./contract/intake.contract.ts";
import { intentCases } from "./contract/intents.contract.ts";
import { lateCases, twinCases } from "./contract/late.contract.ts";
import { limitCases, timeCases } from "./contract/limits.contract.ts";
import { lookCases } from "./contract/looks.contract.ts";
import { modelCases } from "./contract/model.contract.ts";
import { outageCases } from "./contract/outages.contract.ts";
import { finishCases, passCases } from "./contract/passes.contract.ts";
import { phoneTimeCases } from "./contract/phone-time.contract.ts";
import { postedBeforeCases } from "./contract/posted-before.contract.ts";
import { runCases } from "./contract/runs.contract.ts";
import { settleCases } from "./contract/settle.contract.ts";
import { storyCases } from "./contract/story.contract.ts";
import { casesOf, type LedgerFixture } from "./contract/world.contract.ts";
import type { LedgerDeps } from "./ledger.ts";

/** Registers the suite under `name`. Each case opens its own ledger. */
export function ledgerContract(name: string, open: (deps: LedgerDeps) => Promise<LedgerFixture>): void {
  const that = casesOf(name, open);
  intakeCases(that);
  postedBeforeCases(that);
  claimCases(that);
  fleetCases(that);
  phoneTimeCases(that);
  limitCases(that);
  timeCases(that);
  configCases(that);
  intentCases(that);
  settleCases(that);
  causeCases(that);
  storyCases(that);
  twinCases(that);
  lateCases(that);
  runCases(that);
  passCases(that);
  finishCases(that);
  outageCases(that);
  lookCases(that);
  deskCases(that);
  modelCases(that, open);
}
