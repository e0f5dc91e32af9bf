// Rule books: the rules that are said now, and those that the campaign's present or last run was started with, which judge what it left.
import type { Resolved } from "../config/config.ts";
import { type RuleFile, readRuleBook } from "../config/rule-file.ts";
import type { RuleBook } from "../core/classify.ts";
import { RepriseError } from "../core/errors.ts";
import type { CampaignLedger } from "../ledger/ledger.ts";

/** The user's rules and ours. @throws RepriseError `usage` where a file can't be read or is no rule file */
export async function readBook(files: readonly RuleFile[]): Promise<RuleBook> {
  const book = await readRuleBook(files);
  if (!book.ok) throw new RepriseError("usage", book.error);
  return book.value;
}

/** @throws RepriseError `usage` where they can't be read: what is judged without them may be posted twice */
export async function rulesOfRun({ runs }: CampaignLedger): Promise<RuleBook> {
  const files = (await runs.settings())?.ruleFiles ?? [];
  return readBook(files.map((path) => ({ path, shown: path })));
}

/**
 * What judges what an earlier start of this very campaign left: the rules that are said now (`book`), else those that it had.
 *
 * @throws RepriseError `usage` where they can't be read, and something is left
 */
export async function rulesForLeft(
  campaign: CampaignLedger,
  { ruleFiles }: Pick<Resolved, "ruleFiles">,
  book: RuleBook,
): Promise<RuleBook> {
  const { runs } = campaign;
  const hadRules = ((await runs.settings())?.ruleFiles ?? []).length > 0;
  if (ruleFiles.length > 0 || !hadRules || (await runs.openAttempts()).length === 0) return book;
  return rulesOfRun(campaign);
}
