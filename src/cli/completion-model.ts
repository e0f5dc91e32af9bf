// What can be typed where, read from the commands themselves. Pure.
import type { Command, Option } from "commander";
import { CATEGORIES } from "../core/failure.ts";
import { JOB_STATES } from "../core/job.ts";
import { isHidden } from "./help.ts";

/** What may follow: fixed words, ids of the ledger, files, or nothing that could be known. */
export type Follows =
  | { kind: "words"; words: readonly string[] }
  | { kind: "ids"; of: "jobs" | "accounts" }
  | { kind: "files" }
  | { kind: "free" };

export type FlagPlace = { names: readonly string[]; about: string; value: Follows | null };
/** One command: `[]` is reprise itself, `["jobs", "list"]` a verb of a group. */
export type Place = {
  path: readonly string[];
  about: string;
  commands: readonly { name: string; about: string }[];
  flags: readonly FlagPlace[];
  argument: Follows;
};

/** All places, `reprise` itself first. */
export function completionModel(program: Command): Place[] {
  const global = program.options.map(flagOf);
  const walk = (command: Command, path: readonly string[]): Place[] => {
    const inside = command.commands.filter((c) => !isHidden(c));
    const own = command === program ? [] : command.options.map(flagOf);
    const place: Place = {
      path,
      about: command.description(),
      commands: inside.map((c) => ({ name: c.name(), about: c.description() })),
      flags: [...own, ...global, { names: ["--help", "-h"], about: "a page about it", value: null }],
      argument: argumentOf(path, command),
    };
    return [place, ...inside.flatMap((c) => walk(c, [...path, c.name()]))];
  };
  return walk(program, []);
}

function flagOf(option: Option): FlagPlace {
  const names = [option.long, option.short].flatMap((name) => name ?? []);
  const takesValue = option.required || option.optional;
  return { names, about: option.description, value: takesValue ? takenBy(option) : null };
}

const BY_FLAG: Readonly<Record<string, Follows>> = {
  "--status": { kind: "words", words: JOB_STATES },
  "--category": { kind: "words", words: CATEGORIES },
  "--account": { kind: "ids", of: "accounts" },
  "--accounts": { kind: "ids", of: "accounts" },
};

function takenBy(option: Option): Follows {
  const known = BY_FLAG[option.long ?? ""];
  if (known !== undefined) return known;
  const argument = /[<[](.+)[>\]]/.exec(option.flags)?.[1] ?? "";
  if (/FILE|DIR|CMD|SCENARIO/.test(argument) && !argument.includes("=")) return { kind: "files" };
  const words = argument.split("|").filter((word) => /^[a-z_]+$/.test(word));
  return words.length > 0 ? { kind: "words", words } : { kind: "free" };
}

function argumentOf(path: readonly string[], command: Command): Follows {
  const [argument] = command.registeredArguments;
  if (argument === undefined) return { kind: "free" };
  switch (argument.name().toUpperCase()) {
    case "JOB":
      return { kind: "ids", of: "jobs" };
    case "ACCOUNT":
      return { kind: "ids", of: "accounts" };
    case "SHELL":
      return { kind: "words", words: ["bash", "zsh", "fish"] };
    case "NAME":
      return path[0] === "help" ? { kind: "words", words: topicsOf(command) } : { kind: "free" };
    case "DEVICE":
    case "TEXT":
    case "WORD":
      return { kind: "free" };
    default:
      return { kind: "files" };
  }
}

function topicsOf(help: Command): string[] {
  const all = help.parent?.commands.filter((c) => !isHidden(c)).map((c) => c.name()) ?? [];
  return [...all, "exit-codes"];
}
