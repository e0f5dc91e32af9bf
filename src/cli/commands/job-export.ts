// jobs export: jobs as a job file, on stdout.
import type { Command } from "commander";
import { RepriseError } from "../../core/errors.ts";
import type { JobSpec } from "../../core/job.ts";
import { CSV_HEADER, jobFields, jobRecord } from "../../intake/job-out.ts";
import type { CampaignLedger, JobFilter } from "../../ledger/ledger.ts";
import { jsonLine } from "../../report/harmless.ts";
import { type Bench, type Call, does } from "../cli.ts";
import { documented } from "../help.ts";
import { type FilterFlags, filterOf } from "./job-words.ts";

type Flags = FilterFlags & { format?: string; raw?: boolean };
const PAGE = 1_000;

/** `command` has the flags that choose jobs already. */
export function addJobExport(command: Command, bench: Bench): void {
  command
    .option("--format <F>", "jsonl or csv", "jsonl")
    .option("--raw", "csv for machines: without the ' that keeps spreadsheets from reading formulas");
  documented(command, {
    about: "jobs as a job file that an import reads back, with their ids",
    examples: [
      ["jobs export > jobs.jsonl", "all of them"],
      ["jobs export --format csv --status failed,deferred > open.csv", "for a spreadsheet"],
    ],
  });
  does<Flags>(command, bench, (call, _words, flags) => exportJobs(call, flags));
}

async function exportJobs(call: Call, flags: Flags): Promise<number> {
  const lineOf = writerOf(flags);
  const filter = filterOf(flags, []);
  const { terminal, compose } = call.cli;
  const ledger = await compose.openLedger(call.resolved.stateDir, "existing");
  const write = async (specs: JobSpec[]) => {
    terminal.out(specs.map((spec) => `${lineOf(spec)}\n`).join(""));
    await terminal.flow?.();
  };
  try {
    if (flags.format === "csv") terminal.out(`${CSV_HEADER}\n`);
    if (ledger !== null) await eachPage(ledger.campaign(call.resolved.campaign), filter, write);
  } finally {
    await ledger?.close();
  }
  return 0;
}

async function eachPage(
  { views }: CampaignLedger,
  filter: JobFilter,
  write: (specs: JobSpec[]) => Promise<void>,
): Promise<void> {
  for (let after: number | null = 0; after !== null; ) {
    const page: Awaited<ReturnType<typeof views.specs>> = await views.specs(filter, { limit: PAGE, after });
    await write(page.jobs);
    after = page.next;
  }
}

function writerOf({ format, raw }: Flags): (spec: JobSpec) => string {
  if (format === "csv") return (spec) => jobRecord(spec, raw !== true);
  if (format !== "jsonl") throw new RepriseError("usage", `--format is "${format}": must be jsonl or csv`);
  if (raw === true) throw new RepriseError("usage", "--raw: goes with --format csv; jsonl is never changed");
  return (spec) => jsonLine(jobFields(spec));
}
