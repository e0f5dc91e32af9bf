// One failure as a JSON line: what `rules explain -` and `rules test` read.
import { RepriseError } from "../../core/errors.ts";
import type { Evidence } from "../../core/failure.ts";

/** The contract's names first; `errorName` and `phase` are what older records call them. */
const TEXTS = {
  error_name: "errorName",
  errorName: "errorName",
  step: "step",
  phase: "step",
  w3c: "w3c",
  errno: "errno",
  cause: "cause",
  signal: "signal",
} as const;

/** Reads one line. Throws `usage`, naming the line: `where` is file:line. */
export function evidenceRow(line: string, where: string): { evidence: Evidence; row: Record<string, unknown> } {
  const row = parsed(line, where);
  if (typeof row.message !== "string") throw new RepriseError("usage", `${where} message: must be a text`);
  const evidence: Evidence = { message: row.message };
  for (const [key, field] of Object.entries(TEXTS) as [keyof typeof TEXTS, (typeof TEXTS)[keyof typeof TEXTS]][]) {
    const text = textOf(row[key]);
    if (text !== "") evidence[field] ??= text;
  }
  for (const key of ["http", "exit"] as const) {
    const number = numberOf(row[key]);
    if (number !== null) evidence[key] = number;
  }
  return { evidence, row };
}

/** Nested causes come as lists or objects too: their text holds the codes. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === undefined || value === null) return "";
  return typeof value === "number" ? String(value) : JSON.stringify(value);
}

function numberOf(value: unknown): number | null {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^\d{1,3}$/.test(value) ? Number(value) : null;
}

function parsed(line: string, where: string): Record<string, unknown> {
  try {
    const row: unknown = JSON.parse(line);
    if (typeof row === "object" && row !== null && !Array.isArray(row)) return row as Record<string, unknown>;
  } catch {
    // no JSON: said below
  }
  throw new RepriseError("usage", `${where} is not a JSON object: must be {"message":"...", "step":"...", ...}`);
}
