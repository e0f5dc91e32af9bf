// A scenario as it is written down: YAML or JSON. Every mistake is told in one line: file, line, key, what is allowed.
import { type Document, isNode, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { CATEGORIES } from "../core/failure.ts";
import { err, ok, type Result } from "../core/result.ts";
import { OUTCOMES, type Scenario } from "./scenario.ts";

const outcomeName = z.preprocess((v) => (typeof v === "string" ? v.replaceAll("-", "_") : v), z.enum(OUTCOMES));
const delay = z.number().nonnegative();

const outcomeFields = {
  outcome: outcomeName,
  message: z.string().default(""),
  step: z.string().min(1).default("opening"),
  category: z.enum(CATEGORIES).nullable().default(null),
  cause: z.string().nullable().default(null),
  delay_ms: delay.nullable().default(null),
  posted: z.boolean().default(true),
};
const shorthand = (value: unknown) => (typeof value === "string" ? { outcome: value } : value);
const outcome = z.preprocess(shorthand, z.strictObject(outcomeFields));
const script = z.preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(outcome).min(1));
const scripts = z.record(z.string(), script).default({});

const scenarioSchema: z.ZodType<Scenario> = z.strictObject({
  delay_ms: delay.default(0),
  /** Relative to the scenario's file. */
  sink: z.string().min(1).nullable().default(null),
  looks: z.enum(["truthful", "cannot_tell"]).default("truthful"),
  jobs: scripts,
  accounts: scripts,
  devices: scripts,
  passes: scripts,
  rates: z.array(z.strictObject({ ...outcomeFields, chance: z.number().min(0).max(1) })).default([]),
  default: script.default([]),
});

/** A scenario without a word: all jobs succeed. */
export const allOk = (): Scenario => scenarioSchema.parse({});

/** @param file  named in the error */
export function parseScenario(text: string, file: string): Result<Scenario, string> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const why = broken.message.split("\n")[0];
    return err(`${file}:${lines.linePos(broken.pos[0]).line}: not valid YAML: ${why}`);
  }
  const parsed = scenarioSchema.safeParse(document.toJS() ?? {});
  if (parsed.success) return ok(parsed.data);
  const [issue] = parsed.error.issues;
  const path = issue?.path.map(String) ?? [];
  const line = lineOf(document, lines, issue?.path ?? []);
  return err(`${file}:${line}: ${path.join(".") || "scenario"}: ${issue === undefined ? "not valid" : words(issue)}`);
}

/** Of the key itself, or of the nearest thing around it that is written down. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth > 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

function words(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") {
    const where = issue.path.length === 0 ? Object.keys(allOk()) : Object.keys(outcomeFields);
    return `unknown key ${issue.keys.map((k) => `"${k}"`).join(", ")}; allowed: ${where.join(", ")}`;
  }
  return issue.message;
}
