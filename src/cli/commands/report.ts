// report: a run as a page, as CSV, as JUnit XML. Reads the ledger from a process of its own; a run beside it does not notice.
import { createWriteStream } from "node:fs";
import { realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import { RepriseError } from "../../core/errors.ts";
import type { AccountView, CampaignLedger, Ledger } from "../../ledger/ledger.ts";
import { countLines } from "../../report/end-block.ts";
import { harmless } from "../../report/harmless.ts";
import { csvRow, REPORT_CSV_HEADER } from "../../report/run-report/csv-report.ts";
import { htmlReport } from "../../report/run-report/html-report.ts";
import { type JobRow, rowOf } from "../../report/run-report/job-row.ts";
import { JUNIT_END, junitCase, junitHead } from "../../report/run-report/junit-report.ts";
import { addTo, newReport, type RunReport } from "../../report/run-report/run-report.ts";
import { count, duration, table } from "../../report/words.ts";
import { type Bench, type Call, does, say, sayJson } from "../cli.ts";
import { documented } from "../help.ts";

type Flags = { html?: string; csv?: string; junit?: string };

const PAGE = 1_000;
/** Rows of the page; the CSV has all. */
const SHOWN = 500;

export function addReportCommand(program: Command, bench: Bench): void {
  const report = program
    .command("report")
    .argument("[RUN]")
    .option("--html <FILE>", "a page with charts that needs nothing else")
    .option("--csv <FILE>", "a row for each job, safe for spreadsheets")
    .option("--junit <FILE>", "a test case for each job, for CI servers");
  documented(report, {
    about: "what a run did: in words, as a page, as CSV, as JUnit XML",
    examples: [
      ["report", "the last run in short"],
      ["report --html night.html --csv night.csv", "to keep, or to send"],
      ["report 20261123-140500-9f2c --junit run.xml", "an earlier run"],
    ],
    more: ["FILE - is stdout."],
  });
  does<Flags>(report, bench, (call, [run], flags) => reportRun(call, run ?? null, flags));
}

async function reportRun(call: Call, wanted: string | null, flags: Flags): Promise<number> {
  const files = [flags.html, flags.csv, flags.junit].filter((file) => file !== undefined);
  if (files.filter((file) => file === "-").length > 1)
    throw new RepriseError("usage", "--html, --csv, --junit: only one of them can be - (stdout)");
  const ledger = await call.cli.compose.openLedger(call.resolved.stateDir, "existing");
  try {
    const source = ledger === null ? null : await find(ledger, call.resolved.campaign, wanted);
    if (source === null) throw new RepriseError("usage", "there is no run yet: reprise run JOBS makes one");
    if (flags.html !== undefined) await write(call, flags.html, [htmlReport(source.report, await pageFacts(source))]);
    if (flags.csv !== undefined) await write(call, flags.csv, csvLines(source));
    if (flags.junit !== undefined) await write(call, flags.junit, junitLines(source));
    if (files.length === 0) tell(call, source.report);
    else if (!files.includes("-")) say(call, [`Written: ${files.map(harmless).join(", ")}`]);
    return 0;
  } finally {
    await ledger?.close();
  }
}

type Source = { ledger: Ledger; campaign: CampaignLedger; report: RunReport; isLast: boolean };

/** The run's events, folded. */
async function find(ledger: Ledger, name: string, wanted: string | null): Promise<Source | null> {
  const campaign = ledger.campaign(name);
  const last = await campaign.views.run();
  const run = wanted ?? last?.run;
  if (run === undefined) return null;
  const report = newReport(run);
  for (let after: number | null = 0; after !== null; ) {
    const page: Awaited<ReturnType<typeof campaign.views.events>> = await campaign.views.events({ limit: PAGE, after });
    for (const line of page.events) addTo(report, line);
    after = page.next;
  }
  if (report.startedAt === "")
    throw new RepriseError("usage", `run ${run}: not one of campaign ${name}; the last one is ${last?.run ?? "none"}`);
  const isLast = run === last?.run;
  if (isLast && last !== undefined && last !== null && report.passes.length === 0) report.passes = last.passes;
  return { ledger, campaign, report, isLast };
}

async function* rowsOf({ campaign, report, isLast }: Source): AsyncGenerator<JobRow> {
  for (let after: number | null = 0; after !== null; ) {
    const page: Awaited<ReturnType<typeof campaign.views.jobs>> = await campaign.views.jobs({}, { limit: PAGE, after });
    for (const job of page.jobs) {
      const row = rowOf(job, report, isLast);
      if (row !== null) yield row;
    }
    after = page.next;
  }
}

async function* csvLines(source: Source): AsyncGenerator<string> {
  yield `${REPORT_CSV_HEADER}\r\n`;
  for await (const row of rowsOf(source)) yield `${csvRow(row)}\r\n`;
}

async function* junitLines(source: Source): AsyncGenerator<string> {
  yield junitHead(source.report);
  for await (const row of rowsOf(source)) yield junitCase(row);
  yield JUNIT_END;
}

async function pageFacts(source: Source) {
  const rows: JobRow[] = [];
  let open = 0;
  for await (const row of rowsOf(source)) {
    if (row.status === "success" || row.status === "skipped") continue;
    open++;
    if (rows.length < SHOWN) rows.push(row);
  }
  const accounts = await source.ledger.accounts.list();
  return { rows, open, held: accounts.flatMap(heldOf) };
}

const heldOf = ({ name, hold }: AccountView) =>
  hold === null ? [] : [{ account: name, cause: hold.cause, reason: hold.reason }];

/** Whole or not at all: a reader never sees half a file. */
async function write(call: Call, file: string, text: Iterable<string> | AsyncIterable<string>): Promise<void> {
  const { cwd, terminal } = call.cli;
  if (file === "-") {
    for await (const part of text) {
      terminal.out(part);
      await terminal.flow?.();
    }
    return;
  }
  const { path, isPipe } = await placeOf(resolve(cwd, file));
  const half = isPipe ? path : join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  try {
    await pipeline(text, createWriteStream(half, { mode: 0o600 }));
    if (!isPipe) await rename(half, path);
  } catch (error) {
    if (!isPipe) await rm(half, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new RepriseError("usage", `${file} can't be written (${code})`);
  }
}

/** Where a file really is: a link stays one. A pipe or /dev/stdout is written into, not replaced. */
async function placeOf(target: string): Promise<{ path: string; isPipe: boolean }> {
  const found = await stat(target).catch(() => null);
  if (found === null) return { path: target, isPipe: false };
  if (!found.isFile() && !found.isDirectory()) return { path: target, isPipe: true };
  return { path: await realpath(target), isPipe: false };
}

function tell(call: Call, report: RunReport): void {
  const { run, campaign, startedAt, end, passes, ends } = report;
  if (call.json) {
    const passHistory = { pass_history: passes, attempts: ends.length };
    sayJson(call, "report", {
      of_run: run,
      started_at: startedAt,
      ended_at: end?.at ?? null,
      final_result: end?.result ?? null,
      exit_code: end?.exitCode ?? null,
      ...passHistory,
    });
    return;
  }
  const head = ["PASS", "JOBS", "POSTED", "FAILED", "UNCONFIRMED", "TOOK", "RESULT"];
  const rows = passes.map((p) => [
    String(p.pass_number),
    String(p.jobs_processed),
    String(p.success_count),
    String(p.jobs_processed - p.success_count - p.unconfirmed),
    String(p.unconfirmed),
    duration(p.duration_ms),
    p.result,
  ]);
  say(call, [
    `Run ${run} of campaign ${harmless(campaign)}: ${end?.result ?? "not finished"}, ${count(ends.length, "attempt")}`,
    ...(end === null ? [] : countLines(end.counts).map((line) => `  ${line}`)),
    ...(rows.length === 0 ? [] : table([head, ...rows])),
    `As a page: ${call.style.prefix} report ${run} --html FILE (also --csv, --junit)`,
  ]);
}
