// A run as JUnit XML, which CI servers draw: a test case for each job.
import type { JobRow } from "./job-row.ts";
import type { RunReport } from "./run-report.ts";

/** What XML 1.0 can't hold at all, escaped or not: control characters, lone surrogates. */
const NOT_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\n": "&#10;",
  "\r": "&#13;",
  "\t": "&#9;",
};

export const xml = (text: string): string =>
  text.replaceAll(NOT_XML, "\ufffd").replaceAll(/[&<>"\n\r\t]/g, (letter) => ESCAPES[letter] ?? letter);

/** What comes before the cases. Readers count the cases themselves. */
export function junitHead({ run, campaign, startedAt }: RunReport): string {
  const name = xml(`${campaign} ${run}`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n<testsuite name="${name}" timestamp="${xml(startedAt)}">\n`;
}

export const JUNIT_END = "</testsuite>\n</testsuites>\n";

/** `failure`: the job failed. `error`: it may be live, so a person has to look. `skipped`: nothing was tried, or it waits. */
export function junitCase(row: JobRow): string {
  const open = `<testcase classname="${xml(row.account || "(no account)")}" name="${xml(row.job)}" time="${row.durationMs / 1000}"`;
  const why = row.category === "" ? row.status : `${row.category}/${row.cause}`;
  const said = `message="${xml(row.message === "" ? why : row.message)}"`;
  switch (row.status) {
    case "success":
      return `${open}/>\n`;
    case "failed":
      return `${open}><failure type="${xml(why)}" ${said}/></testcase>\n`;
    case "unconfirmed":
      return `${open}><error type="unconfirmed" ${said}/></testcase>\n`;
    default:
      return `${open}><skipped message="${xml(row.status)}"/></testcase>\n`;
  }
}
