// What the commands about rules share.
import type { RuleBook } from "../../core/classify.ts";
import { RepriseError } from "../../core/errors.ts";
import type { Call } from "../cli.ts";

/** What a run with these settings would judge by. Throws `usage` with file and line. */
export async function bookOf(call: Call): Promise<RuleBook> {
  const { readRuleBook } = await import("../../config/rule-file.ts");
  const book = await readRuleBook(call.resolved.ruleFiles);
  if (!book.ok) throw new RepriseError("usage", book.error);
  return book.value;
}
