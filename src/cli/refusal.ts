// What went wrong, as one line on stderr and an exit code; with --json also as the `error` line on stdout.
import { CommanderError } from "commander";
import { errorWord, RepriseError, type RepriseErrorCode } from "../core/errors.ts";
import { LedgerError } from "../ledger/ledger.ts";
import { harmless, jsonLine } from "../report/harmless.ts";
import { laterFlag } from "./flags.ts";
import type { Terminal } from "./terminal.ts";

/** Says it and returns the exit code. */
export function refuse(error: unknown, terminal: Terminal, how: { json: boolean; verbose: boolean }): number {
  const known = asRepriseError(error);
  if (how.json) terminal.out(`${jsonLine(errorLine(known))}\n`);
  const lines = [
    `${known.code}: ${harmless(sentence(known.message))} (exit ${known.exitCode})`,
    ...known.details.map(harmless),
  ];
  terminal.err(`${lines.join("\n")}\n`);
  if (how.verbose && error instanceof Error && error.stack !== undefined) terminal.err(`${error.stack}\n`);
  return known.exitCode;
}

function errorLine(error: RepriseError): object {
  const base = {
    v: 1,
    type: "error",
    ts: new Date().toISOString(),
    run: "-",
    error: errorWord(error.code),
    message: error.message,
  };
  return { ...base, exit_code: error.exitCode, conflicts: error.conflicts, details: error.details };
}

const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);

function asRepriseError(error: unknown): RepriseError {
  if (error instanceof RepriseError) return error;
  if (error instanceof CommanderError) return new RepriseError("usage", fromCommander(error));
  if (error instanceof LedgerError)
    return new RepriseError(error.code === "fenced" ? "conflict" : "preflight", error.message, { cause: error });
  const code: RepriseErrorCode = "internal";
  const message = error instanceof Error ? error.message : String(error);
  return new RepriseError(code, `${message}. This is a bug; --verbose shows where`, { cause: error });
}

/** `error: unknown option '--wrokers'\n(Did you mean --workers?)` in our form. */
function fromCommander(error: CommanderError): string {
  const [first = "", ...rest] = error.message.replace(/^error: /, "").split("\n");
  const flag = /'(?:-\w, )?(--?[\w-]+)/.exec(first)?.[1] ?? "";
  const hint = rest.join(" ").replace(/^\(|\)$/g, "");
  switch (error.code) {
    case "commander.unknownOption":
      return laterFlag(flag) ?? joined(`${flag}: unknown flag`, hint, "See --help");
    case "commander.unknownCommand":
      return joined(first.replace("unknown command", "no such command:"), hint, "See reprise --help");
    case "commander.optionMissingArgument":
      return joined(`${flag}: needs a value`, "", "See --help");
    default:
      return joined(first, hint, "See --help");
  }
}

function joined(what: string, hint: string, otherwise: string): string {
  return `${what}. ${hint === "" ? otherwise : hint}`;
}
