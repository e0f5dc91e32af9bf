// rules explain: how a failure would be judged, without any run.
import type { Command } from "commander";
import type { RuleBook } from "../../core/classify.ts";
import { RepriseError } from "../../core/errors.ts";
import { EVENT_VERSION } from "../../core/events.ts";
import type { Evidence } from "../../core/failure.ts";
import { harmless, jsonLine } from "../../report/harmless.ts";
import { type Bench, type Call, does } from "../cli.ts";
import { addFlags } from "../flags.ts";
import { documented } from "../help.ts";
import { evidenceRow } from "./evidence-row.ts";
import { bookOf } from "./rule-words.ts";

type Flags = { step?: string; w3c?: string; errno?: string; http?: string; exit?: string };

export function addRulesExplain(rules: Command, bench: Bench): void {
  const explain = rules.command("explain").argument("<TEXT>");
  explain.option("--step <S>", "the step it happened in").option("--w3c <E>", "WebDriver error code");
  explain.option("--errno <E>", "system error code, such as ECONNRESET").option("--http <N>", "HTTP status");
  explain.option("--exit <N>", "exit code of the poster");
  addFlags(explain, "run", ["rules"]);
  documented(explain, {
    about: "category, cause and rule of a failure, and why",
    examples: [
      ["rules explain 'We suspended your account'", ""],
      ["rules explain 'try again later' --http 503", "structure beats text"],
      ["rules explain - < stderr.log", "all of standard input is one failure's text"],
      [
        "rules explain - --json < failures.jsonl",
        "JSON lines {message, error_name?, step?, w3c?, errno?, http?, exit?, cause?}",
      ],
    ],
    more: ["Guide: docs/guide/judging.md"],
  });
  does<Flags>(explain, bench, async (call, [text = ""], flags) => {
    const book = await bookOf(call);
    if (text === "-") await explainInput(call, book);
    else await tell(call, book, flagEvidence(text, flags));
    return 0;
  });
}

function flagEvidence(message: string, flags: Flags): Evidence {
  const evidence: Evidence = { message };
  for (const key of ["step", "w3c", "errno"] as const) {
    if (flags[key] !== undefined) evidence[key] = flags[key];
  }
  if (flags.http !== undefined) evidence.http = whole("--http", flags.http, 599);
  if (flags.exit !== undefined) evidence.exit = whole("--exit", flags.exit, 255);
  return evidence;
}

function whole(flag: string, text: string, max: number): number {
  const n = Number(text);
  if (/^\d{1,3}$/.test(text) && n <= max) return n;
  throw new RepriseError("usage", `${flag} is "${text}": must be a whole number from 0 to ${max}`);
}

async function tell(call: Call, book: RuleBook, evidence: Evidence): Promise<void> {
  const { classify } = await import("../../core/classify.ts");
  const { mayBePublished } = await import("../../core/may-be-published.ts");
  const { category, cause, rule, why, unconfirmed } = classify(evidence, book);
  const uncertain = unconfirmed || mayBePublished(evidence, category);
  const { terminal } = call.cli;
  if (call.json) {
    terminal.out(`${jsonLine({ v: EVENT_VERSION, category, cause, rule, why, uncertain })}\n`);
    return;
  }
  const note = uncertain ? "\n  note: its post may be out; such an attempt becomes unconfirmed" : "";
  terminal.out(`${category}/${harmless(cause)}\n  rule: ${harmless(rule)}\n  why:  ${harmless(why)}${note}\n`);
}

/** JSON lines: one verdict a line, in order; a bad one ends it with exit 2. Anything else, without --json, is one text. */
async function explainInput(call: Call, book: RuleBook): Promise<void> {
  const text: string[] = [];
  let number = 0;
  let isRows = call.json;
  for await (const line of call.cli.terminal.lines()) {
    number++;
    if (number === 1 && line.startsWith("{")) isRows = true;
    if (!isRows) text.push(line);
    else if (line.trim() !== "") await tell(call, book, evidenceRow(line, `-:${number}`).evidence);
  }
  if (!isRows) await tell(call, book, { message: text.join("\n") });
}
