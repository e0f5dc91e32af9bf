// From job files into a campaign: the whole file or nothing, unless bad rows are to be skipped.
import type { Resolved } from "../config/config.ts";
import { RepriseError } from "../core/errors.ts";
import { type BadRow, IntakeError, takeIn } from "../intake/intake.ts";
import type { CampaignLedger, IntakeReport } from "../ledger/ledger.ts";

export type TakenFiles = IntakeReport & {
  rows: number;
  skipped: number;
  warnings: string[];
};

/** @throws RepriseError `bad_rows` (a detail a row) or `usage`; what `stop` was aborted with. Nothing is taken in then */
export async function takeFiles(
  campaign: CampaignLedger,
  files: readonly string[],
  resolved: Resolved,
  stop?: AbortSignal,
): Promise<TakenFiles> {
  const tray = await campaign.intake.open();
  try {
    const { rows, bad, badCount, badHeaders, accounts, dailyLimit, warnings } = await takeIn(files, tray, {
      mediaMap: resolved.mediaMap,
      cwd: process.cwd(),
      ...(stop !== undefined && { stop }),
    });
    if (badHeaders > 0 || (badCount > 0 && !resolved.skipBad)) throw badRows(bad, badCount, badHeaders > 0);
    const report = await tray.commit([...accounts, ...resolved.settings.knownAccounts], dailyLimit);
    if (badCount > 0)
      warnings.push(`${badCount} bad rows left out (--skip-bad), the first at ${bad[0]?.file}:${bad[0]?.line}`);
    return { ...report, rows, skipped: badCount, warnings };
  } catch (error) {
    await tray.discard();
    throw error instanceof IntakeError ? new RepriseError("usage", error.message, { cause: error }) : error;
  }
}

/** What to warn of jobs whose rows have changed too late to count. */
export function leftAsTheyAre({ unchanged: jobs }: IntakeReport): string[] {
  const [first, second] = jobs;
  if (first === undefined) return [];
  const some = second === undefined ? first : `${first}, ${second}${jobs.length > 2 ? ", ..." : ""}`;
  const are = jobs.length === 1 ? "1 job has" : `${jobs.length} jobs have`;
  return [
    `${are} changed in the file since the first try, and the old content stays (a new id makes a new job): ${some}`,
  ];
}

function badRows(bad: readonly BadRow[], count: number, isHeader: boolean): RepriseError {
  const details = bad.map(
    (row) => `${row.file}:${row.line} ${row.field === null ? "" : `${row.field}: `}${row.reason}`,
  );
  if (count > bad.length) details.push(`... and ${count - bad.length} more`);
  const rows = count === 1 ? "1 bad row" : `${count} bad rows`;
  const remedy = isHeader ? "mend the header: every row hangs on it" : "mend them or leave them out with --skip-bad";
  return new RepriseError("bad_rows", `${rows}, nothing was taken in; ${remedy}`, { details });
}
