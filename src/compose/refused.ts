import { RepriseError } from "../core/errors.ts";
import { LedgerError } from "../ledger/ledger.ts";

/** What a caller hears of an error of the ledger: that nothing could be started, or go on, and what to do. Others pass unchanged. */
export function refused(error: unknown): unknown {
  if (!(error instanceof LedgerError)) return error;
  return new RepriseError(error.code === "fenced" ? "conflict" : "preflight", error.message, { cause: error });
}
