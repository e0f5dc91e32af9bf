// What is wrong with a scenario, where, and what was meant: one line.
import { type Document, isMap, isNode, isScalar, type LineCounter } from "yaml";
import type { z } from "zod";
import { nearest } from "../core/nearest.ts";
import { OUTCOMES } from "./scenario.ts";

type Written = {
  document: Document;
  lines: LineCounter;
  /** By the first word of the path; `outcome` for the rest. */
  keys: Readonly<Record<string, readonly string[]>>;
};

/** `<line>: <key>: <what is wrong; what is allowed>`. */
export function mistake(issue: z.core.$ZodIssue, written: Written): string {
  const path = asWritten(written.document, issue.path.map(String));
  if (issue.code === "unrecognized_keys") {
    const [unknown = ""] = issue.keys;
    return `${lineOf(written, [...path, unknown])}: ${name(path)}: ${unknownKey(unknown, path, written.keys)}`;
  }
  const value: unknown = isNode(written.document.getIn(path, true))
    ? (written.document.getIn(path, true) as { toJSON(): unknown }).toJSON()
    : undefined;
  return `${lineOf(written, path)}: ${name(path)}: ${words(issue, value)}`;
}

const name = (path: readonly string[]) => (path.length === 0 ? "scenario" : path.join("."));

/** Without the steps that stand only in the schema: a single outcome is a list of one there. */
function asWritten(document: Document, path: readonly string[]): string[] {
  const written: string[] = [];
  for (const step of path) {
    if (document.getIn([...written, step], true) !== undefined) written.push(step);
    else if (!/^\d+$/.test(step)) break;
  }
  return written;
}

/** The line of the key itself where it has one, else of what stands around it. */
function lineOf({ document, lines }: Written, path: readonly string[]): number {
  for (let depth = path.length; depth > 0; depth--) {
    const around = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true);
    const pair = isMap(around)
      ? around.items.find(({ key }) => isScalar(key) && String(key.value) === path[depth - 1])
      : undefined;
    const node = pair?.key ?? document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

function unknownKey(unknown: string, path: readonly string[], keys: Written["keys"]): string {
  const known = keys[path[0] ?? ""] ?? keys.outcome ?? [];
  const meant = nearest(unknown, known);
  return `unknown key "${unknown}"; ${meant === null ? "" : `did you mean ${meant}? `}allowed: ${known.join(", ")}`;
}

function words(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.path.length === 0 && issue.code === "invalid_type") {
    return "not a map of keys such as default and jobs; if this is a job file, write --simulate after it";
  }
  const isOutcome = issue.path.at(-1) === "outcome" && issue.code === "invalid_value";
  if (!isOutcome) return issue.message;
  if (typeof value !== "string") return `an outcome is missing; known: ${OUTCOMES.join(", ")}`;
  const meant = nearest(value, OUTCOMES);
  return `unknown outcome "${value}"; ${meant === null ? "" : `did you mean ${meant}? `}known: ${OUTCOMES.join(", ")}`;
}
