// Refuses a state folder in which a ledger would be unsafe, before anything is made in it.
import { RepriseError } from "../core/errors.ts";
import { folderProblems } from "../doctor/doctor.ts";

/** @throws RepriseError `preflight`: others may write in it, or its locks do not hold (unless insisted on) */
export function refuseFolder(stateDir: string, { allowNetworkFs }: { allowNetworkFs: boolean }): void {
  for (const { check, finding, remedy } of folderProblems(stateDir)) {
    if (check === "file system" && allowNetworkFs) continue;
    const insist = check === "file system" ? `, or insist with --allow-network-fs (${stateDir})` : "";
    throw new RepriseError("preflight", `${check}: ${finding}; ${remedy}${insist}`);
  }
}
