// rules explain: how a failure would be judged, without any run.
import type { Command } from "commander";
import { RepriseError } from "../../core/errors.ts";
import { EVENT_VERSION } from "../../core/events.ts";
import type { Evidence } from "../../core/failure.ts";
import { harmless, jsonLine } from "../../report/harmless.ts";
import type { Bench, Cli } from "../cli.ts";
import { documented } from "../help.ts";

type Options = { step?: string; w3c?: string; errno?: string; http?: string; exit?: string; json?: boolean };

export function addRuleCommands(program: Command, { cli, exit }: Bench): void {
  const rules = program.command("rules");
  documented(rules, {
    about: "how failures are judged",
    examples: [["rules explain 'adb: device offline'", "category, cause, rule, why"]],
  });

  const explain = rules.command("explain").argument("<TEXT>");
  explain.option("--step <S>", "the step it happened in").option("--w3c <E>", "WebDriver error code");
  explain.option("--errno <E>", "system error code, such as ECONNRESET").option("--http <N>", "HTTP status");
  explain.option("--exit <N>", "exit code of the poster");
  explain.action(async (text: string) => {
    const options: Options = explain.optsWithGlobals();
    const json = cli.json || options.json === true;
    exit(text === "-" ? await explainLines(cli, json) : await explainOne(cli, text, { ...options, json }));
  });
  documented(explain, {
    about: "category, cause and rule of a failure, and why",
    examples: [
      ["rules explain 'We suspended your account'", ""],
      ["rules explain 'try again later' --http 503", "structure beats text"],
      ["rules explain - --json < failures.jsonl", "JSON lines {message, error_name?, step?, w3c?, ...}"],
    ],
  });
}

async function explainOne(cli: Cli, text: string, options: Options): Promise<number> {
  const evidence: Evidence = { message: text };
  if (options.step !== undefined) evidence.step = options.step;
  if (options.w3c !== undefined) evidence.w3c = options.w3c;
  if (options.errno !== undefined) evidence.errno = options.errno;
  if (options.http !== undefined) evidence.http = whole("--http", options.http, 599);
  if (options.exit !== undefined) evidence.exit = whole("--exit", options.exit, 255);
  await tell(cli, evidence, options.json === true);
  return 0;
}

function whole(flag: string, text: string, max: number): number {
  const n = Number(text);
  if (/^\d{1,3}$/.test(text) && n <= max) return n;
  throw new RepriseError("usage", `${flag} is "${text}": must be a whole number from 0 to ${max}`);
}

async function tell(cli: Cli, evidence: Evidence, json: boolean): Promise<void> {
  const { classify } = await import("../../core/classify.ts");
  const { mayBePublished } = await import("../../core/may-be-published.ts");
  const { category, cause, rule, why } = classify(evidence);
  const uncertain = mayBePublished(evidence, category);
  if (json) {
    cli.terminal.out(`${jsonLine({ v: EVENT_VERSION, category, cause, rule, why, uncertain })}\n`);
    return;
  }
  const note = uncertain ? "\n  note: the text says that the post may be out; such an attempt becomes unconfirmed" : "";
  cli.terminal.out(`${category}/${harmless(cause)}\n  rule: ${harmless(rule)}\n  why:  ${harmless(why)}${note}\n`);
}

/** One verdict a line, in order. A line that is no evidence ends it with exit 2. */
async function explainLines(cli: Cli, json: boolean): Promise<number> {
  let number = 0;
  for await (const line of cli.terminal.lines()) {
    number++;
    if (line.trim() !== "") await tell(cli, evidenceOf(line, number), json);
  }
  return 0;
}

const TEXTS = {
  error_name: "errorName",
  step: "step",
  w3c: "w3c",
  errno: "errno",
  cause: "cause",
  signal: "signal",
} as const;

function evidenceOf(line: string, number: number): Evidence {
  const row = parsed(line, number);
  if (typeof row.message !== "string") throw new RepriseError("usage", `-:${number} message: must be a text`);
  const evidence: Evidence = { message: row.message };
  for (const [key, field] of Object.entries(TEXTS) as [keyof typeof TEXTS, (typeof TEXTS)[keyof typeof TEXTS]][]) {
    const value = row[key];
    if (typeof value === "string" && value !== "") evidence[field] = value;
  }
  for (const key of ["http", "exit"] as const) {
    const value = row[key];
    if (typeof value === "number") evidence[key] = value;
  }
  return evidence;
}

function parsed(line: string, number: number): Record<string, unknown> {
  try {
    const row: unknown = JSON.parse(line);
    if (typeof row === "object" && row !== null) return row as Record<string, unknown>;
  } catch {
    // no JSON: said below
  }
  throw new RepriseError("usage", `-:${number} is not a JSON object: must be {"message":"...", "step":"...", ...}`);
}
