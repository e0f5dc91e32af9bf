import type { Resolved } from "../config/config.ts";
import { refuseSecondLedger } from "./ledger-elsewhere.ts";
import { openLedger } from "./open-ledger.ts";
import { refuseFolder } from "./state-folder.ts";
import { type TakenFiles, takeFiles } from "./take-files.ts";

/** `import`: takes job files in without running. @throws RepriseError */
export async function importMain({ resolved, files }: { resolved: Resolved; files: string[] }): Promise<TakenFiles> {
  await refuseSecondLedger(resolved, files, process.cwd());
  refuseFolder(resolved.stateDir, resolved);
  const ledger = await openLedger(resolved.stateDir, "create");
  if (ledger === null) throw new Error("a created ledger is there");
  try {
    return await takeFiles(ledger.campaign(resolved.campaign), files, resolved);
  } finally {
    await ledger.close();
  }
}
