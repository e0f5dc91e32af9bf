// rules: how failures are judged.
import type { Command } from "commander";
import type { Bench } from "../cli.ts";
import { documented } from "../help.ts";
import { addRulesExplain } from "./rules-explain.ts";
import { addRulesPreview } from "./rules-preview.ts";
import { addRulesTest } from "./rules-test.ts";

export function addRuleCommands(program: Command, bench: Bench): void {
  const rules = program.command("rules");
  documented(rules, {
    about: "how failures are judged",
    examples: [
      ["rules explain 'adb: device offline'", "category, cause, rule, why"],
      ["rules test failures.jsonl", "how often that is right"],
      ["rules preview mine.yaml", "what a rule of your own would change"],
    ],
    more: ["Guide: docs/guide/judging.md"],
  });
  addRulesExplain(rules, bench);
  addRulesTest(rules, bench);
  addRulesPreview(rules, bench);
}
