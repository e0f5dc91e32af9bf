// Files with rules of the user's own: YAML, data only. Every refusal names file and line.
import { readFile } from "node:fs/promises";
import { OWN_RULES, type RuleBook } from "../core/classify.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { UserRule } from "../core/user-rule.ts";
import { readRule } from "./rule-entry.ts";
import type { Tree } from "./yaml-tree.ts";

/** A file to read, and how messages name it. */
export type RuleFile = { path: string; shown: string };

/** The rules of these files before our own. */
export async function readRuleBook(files: readonly RuleFile[]): Promise<Result<RuleBook, string>> {
  if (files.length === 0) return ok(OWN_RULES);
  const user = await readRuleFiles(files);
  return user.ok ? ok({ ...OWN_RULES, user: user.value }) : user;
}

const SIZE_LIMIT = 1_000_000;

/**
 * Reads rule files, in order; rules keep that order.
 *
 * @returns the error is one line with file and line
 */
async function readRuleFiles(files: readonly RuleFile[]): Promise<Result<UserRule[], string>> {
  const rules: UserRule[] = [];
  for (const { path, shown } of files) {
    const source = await read(path);
    if (!source.ok) return err(`${shown} ${source.error}`);
    const { readTree } = await import("./yaml-tree.ts");
    const tree = readTree(source.value);
    if (!tree.ok) return err(`${shown}:${tree.error.line}: ${tree.error.message}`);
    const taken = await takeRules(tree.value, rules);
    if (!taken.ok) return err(`${shown}:${taken.error.line}: ${taken.error.message}`);
  }
  return ok(rules);
}

async function read(path: string): Promise<Result<string, string>> {
  try {
    const text = await readFile(path, "utf8");
    return text.length <= SIZE_LIMIT ? ok(text) : err("is larger than 1 MB: a rule file is a list of rules");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return err(code === "ENOENT" ? "does not exist: name a file with rules" : `can't be read (${code})`);
  }
}

type Mistake = { line: number; message: string };

async function takeRules(top: Tree & { kind: "map" }, rules: UserRule[]): Promise<Result<null, Mistake>> {
  const stray = top.entries.find(({ key }) => key !== "rules");
  if (stray !== undefined) {
    return err({ line: stray.line, message: `unknown key ${stray.key}; known: rules (a list of rules)` });
  }
  const [list] = top.entries;
  if (list === undefined) return ok(null);
  if (list.value.kind !== "list") return err({ line: list.line, message: "rules must be a list of rules" });
  for (const item of list.value.items) {
    const rule = await readRule(item.value, item.line);
    if (!rule.ok) return rule;
    if (rules.some((r) => r.id === rule.value.id)) {
      return err({
        line: item.line,
        message: `rule ${rule.value.id} is there already: ids must differ over all files`,
      });
    }
    rules.push(rule.value);
  }
  return ok(null);
}
