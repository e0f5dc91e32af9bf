// What was posted is known to the ledger of one folder. Job files that another folder's ledger knows are not begun anew by mistake.
import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Resolved } from "../config/config.ts";
import { RepriseError } from "../core/errors.ts";
import { knowsJobs, ledgerFile } from "./open-ledger.ts";

/** @throws RepriseError `usage`: a ledger would be begun, not asked for by name, and beside a job file lies one already */
export async function refuseSecondLedger(
  { stateDir, origins }: Resolved,
  files: readonly string[],
  cwd: string,
): Promise<void> {
  const isNamed = origins.some((o) => o.key === "state-dir" && o.from !== "default");
  if (isNamed || files.length === 0 || (await knowsJobs(stateDir))) return;
  for (const file of files) {
    const beside = placesOf(resolve(cwd, file)).find((dir) => dir !== stateDir && existsSync(ledgerFile(dir)));
    if (beside === undefined) continue;
    throw new RepriseError(
      "usage",
      `beside ${file} lies a ledger, ${beside}; here there is none, and a new one would know of no post made: go on with --state-dir ${beside}, or begin anew with --state-dir ./.reprise`,
    );
  }
}

/** A folder of media is begun from inside it as well as from beside it. */
function placesOf(file: string): string[] {
  const isFolder = statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
  return [...(isFolder ? [file] : []), dirname(file)].map((dir) => join(dir, ".reprise"));
}
