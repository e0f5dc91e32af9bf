// `sweep`: puts back what a crash left, without running.
import type { SweepReport } from "../cleanup/cleanup.ts";
import { ORPHAN_PATIENCE } from "../cleanup/cleanup.ts";
import type { Resolved } from "../config/config.ts";
import { recover } from "../run/recover.ts";
import { readBook, rulesForLeft } from "./rule-books.ts";
import { openSession } from "./session.ts";

/**
 * @throws RepriseError `conflict` while a run holds the campaign: what it uses is not to be swept; `usage` where the rules
 * that judge what it left can't be read: processes and phones are put back all the same
 */
export async function sweepMain({ resolved }: { resolved: Resolved }): Promise<SweepReport> {
  const said = await readBook(resolved.ruleFiles);
  const session = await openSession(resolved.stateDir, resolved.campaign, resolved);
  try {
    const report = await session.sweep("command", ORPHAN_PATIENCE);
    const phones = await session.stopLeftPhones(resolved.settings);
    const { campaign, outbox, host } = session;
    const book = await rulesForLeft(campaign, resolved, said);
    const { fromOutbox, pending, unconfirmed } = await recover(campaign, outbox, host.clock, book);
    const settled = fromOutbox + pending + unconfirmed;
    const details =
      settled === 0
        ? []
        : [
            `${settled === 1 ? "1 attempt" : `${settled} attempts`} settled: ${fromOutbox} from the outbox, ${pending} pending again, ${unconfirmed} unconfirmed`,
          ];
    const stopped = phones.map((id) => `phone ${id} stopped`);
    return { processes: report.processes, details: [...report.details, ...stopped, ...details] };
  } finally {
    await session.close();
  }
}
