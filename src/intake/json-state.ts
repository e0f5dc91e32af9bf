// The JSON state file: {"jobs": [...], "accounts": [...], "settings": {...}}.
import { DEFAULT_PLATFORM } from "../core/job.ts";
import type { AccountSettings } from "../core/settings.ts";
import { type JsonElement, jsonElements } from "./json-elements.ts";
import { readJsonRow } from "./json-lines.ts";
import { LeftOut } from "./left-out.ts";
import { readPriorEntry } from "./prior.ts";
import { badRow, type RawRow } from "./raw-row.ts";

/** What a state file says beside its jobs. */
export type StateExtras = { accounts: AccountSettings[]; dailyLimit: number | null; warnings: string[] };

/** Yields the jobs in pieces and adds what else the file says to `extras`. */
export async function* readJsonState(chunks: AsyncIterable<Buffer>, extras: StateExtras): AsyncGenerator<RawRow[]> {
  const elements = jsonElements(chunks, ["jobs", "accounts"]);
  const leftOut = new LeftOut();
  let lastLine = 1;
  for (;;) {
    const next = await elements.next();
    if (next.done) {
      leftOut.tell(extras.warnings);
      if (!next.value) yield [badRow(lastLine, null, "the file ends in the middle: the object is not closed")];
      return;
    }
    lastLine = next.value.at(-1)?.line ?? lastLine;
    yield next.value.flatMap((element) => readElement(element, extras, leftOut));
  }
}

function readElement(element: JsonElement, extras: StateExtras, leftOut: LeftOut): RawRow[] {
  const { key, isElement, line, text, fault } = element;
  if (key !== "jobs" && key !== "accounts" && key !== "settings") return [];
  const row = text === null ? badRow(line, null, fault) : readJsonRow(line, text);
  if (row === null) return [];
  if (row.kind === "bad") return [row];
  if (isElement && key === "jobs") {
    leftOut.note(Object.keys(row.fields));
    return [readPriorEntry(line, row.fields)];
  }
  if (isElement && key === "accounts") return takeAccount(row, extras);
  if (key === "settings") takeSettings(row.fields, extras);
  else return [badRow(line, key, "must be a list")];
  return [];
}

function takeAccount(row: RawRow & { kind: "row" }, extras: StateExtras): RawRow[] {
  const { name, platform, timezone } = row.fields;
  if (typeof name !== "string" || name.trim() === "") return [badRow(row.line, "name", "of an account must be a text")];
  extras.accounts.push({
    name: name.trim(),
    platform: typeof platform === "string" && platform !== "" ? platform : DEFAULT_PLATFORM,
    device: null,
    timezone: typeof timezone === "string" && timezone !== "" ? timezone : null,
    dailyLimit: null,
    window: null,
  });
  return [];
}

function takeSettings(settings: Record<string, unknown>, extras: StateExtras): void {
  const daily = settings.posts_per_account_per_day;
  if (typeof daily === "number" && Number.isInteger(daily) && daily >= 0) extras.dailyLimit = daily;
  if (settings.humanize) {
    extras.warnings.push("settings.humanize is left out: reprise does not imitate people");
  }
}
