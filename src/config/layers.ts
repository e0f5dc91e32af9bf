// Flag over environment over config file over default: which of them speaks, and what it says.
import { err, ok, type Result } from "../core/result.ts";
import type { ConfigFile } from "./config-file.ts";
import { OPTION_LIST, type OptionKey, type Values, variableOf } from "./options.ts";
import { yesNo } from "./parsers.ts";

export type Flags = Record<string, string | boolean | string[] | undefined>;
export type Layer = "flag" | "environment" | "config" | "default";
/** The higher one speaks. */
export const RANK: Record<Layer, number> = { flag: 3, environment: 2, config: 1, default: 0 };
/** A setting as text, and who said it. `where`: flag, variable or file:line; empty for a default. */
export type Said = { text: string; from: Layer; where: string };
export type Sources = {
  flags: Flags;
  env: Record<string, string | undefined>;
  file: ConfigFile | null;
  shownFile: string;
};

type ListedOption = (typeof OPTION_LIST)[number];
export type Layered = { values: Values; said: Record<OptionKey, Said | null> };

/** Reads every option. The error is one line that names the flag, variable or file:line, its value and what is allowed. */
export function layer(sources: Sources, only: (option: ListedOption) => boolean): Result<Layered, string> {
  const values: Record<string, unknown> = {};
  const said: Record<string, Said | null> = {};
  for (const option of OPTION_LIST) {
    const found = only(option) ? saidOf(option, sources) : null;
    const read = found === null ? ok(null) : readSaid(option, found);
    if (!read.ok) return read;
    values[option.key] = read.value;
    said[option.key] = found;
  }
  // Each value came out of its own option's parser, or is null where nobody said anything.
  return ok({ values: values as Values, said: said as Record<OptionKey, Said | null> });
}

function readSaid(option: ListedOption, said: Said): Result<unknown, string> {
  const parsed = option.parse(said.text);
  return parsed.ok ? parsed : err(refusal(option, said, parsed.error));
}

/** One line: who said it, what, and what is allowed. */
export function refusal(option: Pick<ListedOption, "configKey">, said: Said, allowed: string): string {
  const key = said.from === "config" ? `: ${option.configKey}` : "";
  return `${said.where}${key} is "${onOneLine(said.text)}": ${allowed}`;
}

const onOneLine = (text: string) => {
  const line = text.replace(/\p{Cc}+/gu, " ");
  return line.length > 120 ? `${line.slice(0, 120)}...` : line;
};

function saidOf(option: ListedOption, sources: Sources): Said | null {
  const flag = option.flag === null ? null : flagSaid(option, option.flag, sources.flags[option.key]);
  if (flag !== null) return flag;
  const variable = option.flag === null ? null : variableSaid(option, variableOf(option.flag), sources.env);
  if (variable !== null) return variable;
  const leaf = option.configKey === null ? undefined : sources.file?.settings.get(option.configKey);
  if (leaf !== undefined) return { text: leaf.text, from: "config", where: `${sources.shownFile}:${leaf.line}` };
  return option.standard === null ? null : { text: option.standard, from: "default", where: "" };
}

function flagSaid(option: ListedOption, flag: string, given: Flags[string]): Said | null {
  if (given === undefined) return null;
  const said = (text: string): Said => ({ text, from: "flag", where: flag });
  // Commander says `true` of a `--no-...` flag that was not given.
  if (flag.startsWith("--no-")) return given === false ? said(option.off) : null;
  if (option.argument?.startsWith("[") && given === true) return said("true");
  return said(Array.isArray(given) ? given.join("\n") : String(given));
}

function variableSaid(option: ListedOption, variable: string, env: Sources["env"]): Said | null {
  const text = env[variable];
  if (text === undefined || text === "") return null;
  const said: Said = { text, from: "environment", where: variable };
  if (option.flag?.startsWith("--no-") !== true) return said;
  // `REPRISE_NO_COLOR=1` is `--no-color`; `=0` says nothing; anything else is left for the parser to refuse.
  const read = yesNo(text);
  if (!read.ok) return said;
  return read.value ? { ...said, text: option.off } : null;
}
