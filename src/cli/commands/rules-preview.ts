// rules preview: which past failures a new rule would have judged otherwise. Changes nothing.
import { resolve } from "node:path";
import type { Command } from "commander";
import type { RuleBook } from "../../core/classify.ts";
import { RepriseError } from "../../core/errors.ts";
import type { CampaignLedger } from "../../ledger/ledger.ts";
import { addPast, emptyPreview, type Preview, previewFields, previewLines } from "../../report/rule-preview.ts";
import { type Bench, type Call, does, say, sayJson } from "../cli.ts";
import { documented } from "../help.ts";
import { bookOf } from "./rule-words.ts";

const PAGE = 500;

export function addRulesPreview(rules: Command, bench: Bench): void {
  const preview = rules.command("preview").argument("<FILE...>");
  documented(preview, {
    about: "which past failures the rules of a file would judge otherwise; changes nothing",
    examples: [["rules preview mine.yaml", "then take it up: rules: [mine.yaml] in the config file"]],
    more: ["Guide: docs/guide/judging.md"],
  });
  does(preview, bench, async (call, files) => {
    const { book, ids } = await newBook(call, files);
    const ledger = await call.cli.compose.openLedger(call.resolved.stateDir, "existing");
    const seen = emptyPreview(ids);
    try {
      if (ledger !== null) await readPast(ledger.campaign(call.resolved.campaign), book, seen);
    } finally {
      await ledger?.close();
    }
    if (call.json) sayJson(call, "rules.preview", previewFields(seen));
    else say(call, previewLines(seen));
    return 0;
  });
}

/** The rules of these files first, then those the settings name already. */
async function newBook(call: Call, files: readonly string[]): Promise<{ book: RuleBook; ids: string[] }> {
  const { readRuleBook } = await import("../../config/rule-file.ts");
  const book = await readRuleBook(files.map((shown) => ({ path: resolve(call.cli.cwd, shown), shown })));
  if (!book.ok) throw new RepriseError("usage", book.error);
  const ids = book.value.user.map((r) => r.id);
  const known = (await bookOf(call)).user.filter((r) => !ids.includes(r.id));
  return { book: { ...book.value, user: [...book.value.user, ...known] }, ids };
}

async function readPast({ views }: CampaignLedger, book: RuleBook, seen: Preview): Promise<void> {
  const { classify } = await import("../../core/classify.ts");
  for (let after: number | null = 0; after !== null; ) {
    const page: Awaited<ReturnType<typeof views.failures>> = await views.failures({ limit: PAGE, after });
    for (const past of page.failures) addPast(seen, past, classify(past.failure.evidence, book));
    after = page.next;
  }
}
