// import: takes job files in and tells what became of each row that was known already.
import { RepriseError } from "../../core/errors.ts";
import { harmless } from "../../report/harmless.ts";
import { count } from "../../report/words.ts";
import { agreed, type Call, say, sayJson } from "../cli.ts";

/** Ids shown of a list; `--json` gives all. */
const SHOWN = 20;

export async function importJobs(call: Call, files: string[]): Promise<number> {
  if (files.length === 0) throw new RepriseError("usage", "import: name at least one job file");
  if (!(await agreed(call, { what: `take in the jobs of ${files.join(", ")}` }))) return 0;
  const report = await call.cli.compose.importMain({ resolved: call.resolved, files });
  const { added, known, updated, unchanged, repeated, duplicates, widespread, rows, skipped, warnings } = report;
  const wide = widespread.map((w) => `${JSON.stringify(w.media)} goes to ${w.accounts} accounts`);
  if (call.json) {
    sayJson(call, "import", {
      rows,
      added,
      known,
      updated,
      unchanged,
      repeated,
      duplicates,
      widespread,
      skipped,
      warnings,
    });
    return 0;
  }
  const parts = [
    `${added} new`,
    `${known} known`,
    ...(updated.length > 0 ? [`${updated.length} updated`] : []),
    ...(unchanged.length > 0 ? [`${unchanged.length} left as they are`] : []),
    ...(repeated > 0 ? [`${repeated} said twice`] : []),
    ...(duplicates > 0 ? [`${duplicates} posted before`] : []),
    ...(skipped > 0 ? [`${count(skipped, "bad row")} left out`] : []),
  ];
  say(call, [
    `Read ${count(rows, "row")}: ${parts.join(", ")}. Next: ${call.style.prefix} plan`,
    ...listed("updated (not tried yet, so the new content counts)", updated),
    ...listed("left as they are (tried or posted with the old content; the new one is not taken)", unchanged),
  ]);
  for (const text of [...warnings, ...wide]) call.cli.terminal.err(`warning: ${harmless(text)}\n`);
  return 0;
}

function listed(title: string, ids: readonly string[]): string[] {
  if (ids.length === 0) return [];
  const hidden = ids.length - SHOWN;
  const more = hidden > 0 ? [`  ... and ${hidden} more; all: --json`] : [];
  return [`${title}:`, ...ids.slice(0, SHOWN).map((id) => `  ${harmless(id)}`), ...more];
}
