// rules test: how well the rules judge failures whose right answer somebody knows.
import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Command } from "commander";
import type { RuleBook } from "../../core/classify.ts";
import { RepriseError } from "../../core/errors.ts";
import { CATEGORIES, type Category, type Evidence } from "../../core/failure.ts";
import { type Judged, type Label, scoreOf } from "../../core/score.ts";
import { type Scored, scoreLines, type WrongRow } from "../../report/score-table.ts";
import { type Bench, type Call, does, say, sayJson } from "../cli.ts";
import { addFlags } from "../flags.ts";
import { documented } from "../help.ts";
import { evidenceRow } from "./evidence-row.ts";
import { bookOf } from "./rule-words.ts";

type Row = { line: number; evidence: Evidence; label: Label };

export function addRulesTest(rules: Command, bench: Bench): void {
  const test = rules.command("test").argument("<FILE>");
  addFlags(test, "run", ["rules"]);
  documented(test, {
    about: "accuracy over a file of failures with their right categories",
    examples: [
      ["rules test failures.jsonl", 'JSON lines {"message": ..., "accept": ["infrastructure"], "uncertain": false}'],
      ["rules test failures.jsonl --rules mine.yaml", "with rules of your own before ours"],
      ["rules test failures.jsonl -v", "every row judged wrong"],
    ],
    more: ["Guide: docs/guide/judging.md"],
  });
  does(test, bench, async (call, [file = ""]) => testRules(call, file));
}

async function testRules(call: Call, file: string): Promise<number> {
  const [book, rows] = [await bookOf(call), await readRows(resolve(call.cli.cwd, file), file)];
  const { classify } = await import("../../core/classify.ts");
  const { RULES_VERSION } = await import("../../core/classify-rules.ts");
  const { mayBePublished } = await import("../../core/may-be-published.ts");
  const { bySubstring } = await import("../../core/substring-rules.ts");
  const judge = (e: Evidence, b: RuleBook) => {
    const verdict = classify(e, b);
    return { ...verdict, inDoubt: verdict.unconfirmed || mayBePublished(e, verdict.category) };
  };
  const judged = rows.map((row) => ({ ...row, judged: judge(row.evidence, book) }));
  const never = (category: Category): Judged => ({ category, inDoubt: false });
  const against = (other: (e: Evidence) => Judged) =>
    scoreOf(rows.map(({ label, evidence }) => ({ label, judged: other(evidence) })));
  const scored: Scored = {
    file,
    rulesVersion: RULES_VERSION,
    ownRules: book.user.length,
    rows: rows.length,
    ours: scoreOf(judged),
    always: against(() => never("infrastructure")),
    substrings: against((e) => never(bySubstring(e.message))),
  };
  const wrong = judged.flatMap(({ line, evidence, label, judged: j }): WrongRow[] => {
    const isWrong = !label.accept.includes(j.category) || label.uncertain !== j.inDoubt;
    return isWrong
      ? [{ line, message: evidence.message, ...label, judged: j.category, rule: j.rule, inDoubt: j.inDoubt }]
      : [];
  });
  if (call.json) sayJson(call, "rules.test", { ...jsonOf(scored), wrong });
  else say(call, scoreLines(scored, wrong, { limit: call.resolved.verbose ? Number.POSITIVE_INFINITY : 10 }));
  return 0;
}

function jsonOf({ file, rulesVersion, ownRules, rows, ours, always, substrings }: Scored) {
  const fields = (s: Scored["ours"]) => ({
    accepted: s.accepted,
    recall: s.recall,
    false_permanent: s.falsePermanent,
    false_retry: s.falseRetry,
    in_doubt: s.inDoubt,
    false_doubt: s.falseDoubt,
  });
  return {
    file,
    rules_version: rulesVersion,
    own_rules: ownRules,
    rows,
    ours: fields(ours),
    always_infrastructure: fields(always),
    plain_substrings: fields(substrings),
  };
}

async function readRows(path: string, shown: string): Promise<Row[]> {
  const rows: Row[] = [];
  let number = 0;
  try {
    for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
      number++;
      if (line.trim() !== "") rows.push(rowOf(line, `${shown}:${number}`, number));
    }
  } catch (error) {
    if (error instanceof RepriseError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new RepriseError("usage", `${shown} can't be read (${code}): name a file of JSON lines`);
  }
  if (rows.length === 0)
    throw new RepriseError("usage", `${shown} holds no row: must be JSON lines with message and accept`);
  return rows;
}

function rowOf(text: string, where: string, line: number): Row {
  const { evidence, row } = evidenceRow(text, where);
  const accept = Array.isArray(row.accept) ? row.accept : [];
  const known = CATEGORIES.filter((c) => accept.includes(c));
  if (known.length === 0 || known.length < accept.length) {
    throw new RepriseError("usage", `${where} accept: must be a list of right categories: ${CATEGORIES.join(", ")}`);
  }
  return { line, evidence, label: { accept: known, uncertain: row.uncertain === true } };
}
