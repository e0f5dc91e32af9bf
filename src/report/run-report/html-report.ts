// A run as one page that needs nothing else: to keep, to send, to open years later. No script; nothing is fetched.
import { countLines } from "../end-block.ts";
import { count, duration, moment } from "../words.ts";
import { columns, legend, overTime, type Stack } from "./charts.ts";
import type { JobRow } from "./job-row.ts";
import { xml } from "./junit-report.ts";
import { PAGE_STYLE } from "./page-style.ts";
import type { Ended, RunReport } from "./run-report.ts";

/** Beside the run: what its campaign says of itself. */
export type PageFacts = {
  /** Rows that are shown: those that were not posted. */
  rows: readonly JobRow[];
  /** Such rows in all. */
  open: number;
  held: readonly { account: string; cause: string; reason: string }[];
};

const COLUMNS_MOST = 60;
/** Nothing may be loaded, whatever a caption holds. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

export function htmlReport(report: RunReport, facts: PageFacts): string {
  const { run, campaign, simulated } = report;
  const title = `${campaign}, run ${run}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${xml(title)}</title><style>${PAGE_STYLE}</style></head><body>
<h1>${xml(campaign)}</h1>
<p class="quiet">${xml(subtitle(report))}${simulated ? " · simulated: nothing was really posted" : ""}</p>
${tiles(report)}
${timeline(report)}
${passes(report)}
${causes(report)}
${heldAccounts(facts)}
${jobs(facts)}
${warnings(report)}
</body></html>
`;
}

function subtitle({ run, startedAt, end, workers }: RunReport): string {
  const until =
    end === null ? "not finished" : `${duration(Date.parse(end.at) - Date.parse(startedAt))}, ${end.result}`;
  return `run ${run} · ${moment(startedAt)} · ${until} · ${count(workers, "worker")}`;
}

function tiles({ end, ends }: RunReport): string {
  const took = ends.flatMap(({ how, durationMs }) => (how === "posted" ? [durationMs] : [])).sort((a, b) => a - b);
  const counts = end === null ? [] : countLines(end.counts).map((line) => line.split(/:\s+/) as [string, string]);
  const times: [string, string][] =
    took.length === 0
      ? []
      : [
          ["A post took", `${duration(at(took, 0.5))}`],
          ["95 of 100 at most", duration(at(took, 0.95))],
        ];
  const all: [string, string][] = [...counts, ["Attempts", String(ends.length)], ...times];
  return `<dl class="tiles">${all.map(([name, value]) => `<div><dt>${xml(name)}</dt><dd>${xml(value)}</dd></div>`).join("")}</dl>`;
}

const at = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

function timeline({ ends, startedAt }: RunReport): string {
  if (ends.length === 0) return "<p>Nothing was tried.</p>";
  const stacks = overTime(ends, Date.parse(startedAt), COLUMNS_MOST);
  return section("Attempts over time", `${columns("attempts over time, by how they ended", stacks)}${legend(stacks)}`);
}

function passes({ passes }: RunReport): string {
  if (passes.length === 0) return "";
  const stacks: Stack[] = passes.map((p) => ({
    label: `pass ${p.pass_number}`,
    n: {
      posted: p.success_count,
      infrastructure: p.failed_infrastructure,
      unknown: p.failed_unknown,
      account: p.failed_account,
      content: p.failed_content,
      setup: p.failed_setup,
      unconfirmed: p.unconfirmed,
    },
  }));
  const rows = passes.map((p) => [
    String(p.pass_number),
    String(p.jobs_processed),
    String(p.success_count),
    String(p.failed_infrastructure),
    String(p.failed_unknown),
    String(p.failed_account + p.failed_content + p.failed_setup),
    String(p.unconfirmed),
    duration(p.duration_ms),
    p.result,
  ]);
  const head = ["Pass", "Jobs", "Posted", "Infrastructure", "Unknown", "For good", "Unconfirmed", "Took", "Result"];
  return section("Passes", `${columns("passes", stacks)}${legend(stacks)}${tableOf(head, rows)}`);
}

function causes({ ends }: RunReport): string {
  const found = new Map<string, { n: number; message: string; how: Ended }>();
  for (const { failure } of ends) {
    if (failure === null) continue;
    const key = `${failure.category}/${failure.cause}`;
    const known = found.get(key) ?? { n: 0, message: failure.message, how: failure.category };
    found.set(key, { ...known, n: known.n + 1 });
  }
  if (found.size === 0) return "";
  const sorted = [...found].sort(([, a], [, b]) => b.n - a.n);
  const most = sorted[0]?.[1].n ?? 1;
  const rows = sorted.map(
    ([cause, { n, message, how }]) =>
      `<tr><td>${xml(cause)}</td><td class="number">${n}</td><td><svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none"><rect class="${how}" width="${Math.round((n / most) * 100)}" height="10"/></svg></td><td>${xml(message)}</td></tr>`,
  );
  return section(
    "Why attempts failed",
    `<div class="wide"><table><thead><tr><th>Cause</th><th>Times</th><th></th><th>One of them</th></tr></thead><tbody>${rows.join("")}</tbody></table></div>`,
  );
}

function heldAccounts({ held }: PageFacts): string {
  if (held.length === 0) return "";
  return section(
    "Accounts that need a person",
    tableOf(
      ["Account", "Cause", "What was seen"],
      held.map((h) => [h.account, h.cause, h.reason]),
    ),
  );
}

function jobs({ rows, open }: PageFacts): string {
  if (open === 0) return section("Jobs", "<p>Every job is posted.</p>");
  const more =
    open > rows.length ? `<p class="quiet">and ${open - rows.length} more: reprise report --csv FILE has all</p>` : "";
  const cells = rows.map((r) => [
    r.job,
    r.account,
    r.status,
    r.category === "" ? "" : `${r.category}/${r.cause}`,
    String(r.attempts),
    r.caption,
    r.message,
  ]);
  return section(
    "Jobs that are not posted",
    `${tableOf(["Job", "Account", "Status", "Cause", "Tries", "Caption", "What was seen"], cells)}${more}`,
  );
}

function warnings({ warnings }: RunReport): string {
  if (warnings.length === 0) return "";
  return section("Warnings", `<ul>${warnings.map((text) => `<li>${xml(text)}</li>`).join("")}</ul>`);
}

const section = (title: string, body: string) => `<section><h2>${title}</h2>${body}</section>`;

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const isNumbers = head.map((_h, i) => rows.every((row) => /^\d+$/.test(row[i] ?? "")));
  const kind = (i: number) => (isNumbers[i] === true ? ' class="number"' : "");
  const cell = (text: string, i: number) => `<td${kind(i)}>${xml(text)}</td>`;
  const body = rows.map((row) => `<tr>${row.map(cell).join("")}</tr>`).join("");
  return `<div class="wide"><table><thead><tr>${head.map((h, i) => `<th${kind(i)}>${h}</th>`).join("")}</tr></thead><tbody>${body}</tbody></table></div>`;
}
