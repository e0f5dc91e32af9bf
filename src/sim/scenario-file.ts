// A scenario as it is written down: YAML or JSON. Every mistake is told in one line: file, line, key, what is allowed.
import { type Document, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { CATEGORIES } from "../core/failure.ts";
import { err, ok, type Result } from "../core/result.ts";
import { DRAWN_PER, OK, OUTCOMES, type Scenario, UNTIL_THEN } from "./scenario.ts";
import { mistake } from "./scenario-mistake.ts";

const underscored = (v: unknown) => (typeof v === "string" ? v.replaceAll("-", "_") : v);
const word = <const W extends readonly string[]>(words: W) => z.preprocess(underscored, z.enum(words));
const amount = z.number().nonnegative();
const maybe = amount.nullable().default(null);

const failureFields = {
  message: z.string().default(OK.message),
  step: z.string().min(1).default(OK.step),
  category: z.enum(CATEGORIES).nullable().default(null),
  cause: z.string().min(1).nullable().default(null),
  delay_ms: maybe,
};
const outcomeFields = {
  outcome: word(OUTCOMES),
  ...failureFields,
  posted: z.boolean().default(OK.posted),
  feed_after_ms: maybe,
  feed_shows: word(UNTIL_THEN).nullable().default(null),
  retry_after_s: maybe,
  cooldown_s: maybe,
};
const shorthand = (value: unknown) => (typeof value === "string" ? { outcome: value } : value);
const listed = (value: unknown) => (Array.isArray(value) ? value : [value]);
const outcome = z.preprocess(shorthand, z.strictObject(outcomeFields));
const script = z.preprocess(listed, z.array(outcome).min(1));
const scripts = z.record(z.string(), script).default({});

const rateFields = {
  ...outcomeFields,
  chance: z.number().min(0).max(1),
  per: z.enum(DRAWN_PER).default("try"),
};
const outageFields = {
  from_s: maybe,
  to_s: maybe,
  from_attempt: maybe,
  to_attempt: maybe,
  ...failureFields,
  message: z.string().default("HTTP 503 from the provider: service unavailable"),
  step: z.string().min(1).default("provider"),
};
const outage = z.strictObject(outageFields).refine(({ from_s, to_s, from_attempt, to_attempt }) => {
  const [bySeconds, byAttempts] = [from_s ?? to_s, from_attempt ?? to_attempt];
  return (bySeconds === null) !== (byAttempts === null);
}, "needs from_s and to_s (seconds since the run began), or from_attempt and to_attempt; not both");
const feedFields = { after_ms: amount.default(0), shows: word(UNTIL_THEN).default("absent") };

const topFields = {
  delay_ms: amount.default(0),
  /** Relative to the scenario's file. */
  sink: z.string().min(1).nullable().default(null),
  looks: word(["truthful", "cannot_tell"]).default("truthful"),
  feed: z.strictObject(feedFields).default({ after_ms: 0, shows: "absent" }),
  outage: z.preprocess(listed, z.array(outage)).default([]),
  jobs: scripts,
  accounts: scripts,
  devices: scripts,
  passes: scripts,
  rates: z.preprocess(listed, z.array(z.strictObject(rateFields))).default([]),
  default: script.default([]),
};
const scenarioSchema: z.ZodType<Scenario> = z.strictObject(topFields);

/** The keys that a place in a scenario knows, by the first word of its path. */
export const KEYS: Readonly<Record<string, readonly string[]>> = {
  "": Object.keys(topFields),
  feed: Object.keys(feedFields),
  outage: Object.keys(outageFields),
  rates: Object.keys(rateFields),
  outcome: Object.keys(outcomeFields),
};

/** A scenario without a word: all jobs succeed. */
export const allOk = (): Scenario => scenarioSchema.parse({});

/** @param file  named in the error, which is one line */
export function parseScenario(text: string, file: string): Result<Scenario, string> {
  const lines = new LineCounter();
  const document: Document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const why = broken.message.split("\n")[0];
    return err(`${file}:${lines.linePos(broken.pos[0]).line}: not valid YAML: ${why}`);
  }
  const parsed = scenarioSchema.safeParse(document.toJS() ?? {});
  if (parsed.success) return ok(parsed.data);
  const [issue] = parsed.error.issues;
  return err(`${file}:${issue === undefined ? "1: not valid" : mistake(issue, { document, lines, keys: KEYS })}`);
}
