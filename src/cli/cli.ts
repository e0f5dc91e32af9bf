// What every command is given, and the few steps most of them share.
import type { Command } from "commander";
import type { Resolved } from "../config/config.ts";
import { RepriseError } from "../core/errors.ts";
import type { CampaignLedger, Ledger } from "../ledger/ledger.ts";
import { jsonLine } from "../report/harmless.ts";
import type { Style } from "../report/words.ts";
import type { Compose } from "./compose.ts";
import { confirm, type Question } from "./confirm.ts";
import type { GivenFlags } from "./flags.ts";
import type { StopSource } from "./stop-source.ts";
import type { Terminal } from "./terminal.ts";

/** The world a command runs in; a test makes its own. */
export type Cli = {
  terminal: Terminal;
  env: Record<string, string | undefined>;
  cwd: string;
  compose: Compose;
  /** What the command line seems to ask for, for what is said before it is read. */
  json: boolean;
  /** Takes over the process's signals: only what can stop in order asks for it. */
  stops(): StopSource;
};

/** One command line, read: its settings, its manner. */
export type Call = {
  cli: Cli;
  resolved: Resolved;
  json: boolean;
  may: { yes: boolean; input: boolean };
  style: Style;
};

/** Reads the settings of a command line. Throws `RepriseError` `usage`. */
async function callOf(cli: Cli, command: Command): Promise<Call> {
  const flags: GivenFlags = command.optsWithGlobals();
  const { resolveConfig } = await import("../config/config.ts");
  const found = await resolveConfig({ flags, env: cli.env, cwd: cli.cwd });
  if (!found.ok) throw new RepriseError("usage", found.error.message);
  const resolved = found.value;
  return {
    cli,
    resolved,
    json: resolved.renderer === "json",
    may: { yes: resolved.yes, input: !resolved.noInput },
    style: { utf8: cli.terminal.utf8, color: cli.terminal.color && resolved.color, prefix: prefixOf(flags) },
  };
}

/** The command with the flags that lead to the same campaign, for hints. */
function prefixOf(flags: GivenFlags): string {
  const parts = ["reprise"];
  for (const [key, flag] of [
    ["stateDir", "--state-dir"],
    ["config", "--config"],
    ["campaign", "--campaign"],
  ] as const) {
    const value = flags[key];
    if (typeof value === "string")
      parts.push(flag, /^[\w./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`);
  }
  return parts.join(" ");
}

/** Whether a change may go on; see `confirm`. */
export const agreed = (call: Call, question: Question) => confirm(call.cli.terminal, question, call.may);

/** One JSON object on one line of stdout, with the version in front. */
export function sayJson(call: Call, type: string, fields: object): void {
  const head = { v: 1, type, ts: new Date().toISOString(), run: "-", campaign: call.resolved.campaign };
  call.cli.terminal.out(`${jsonLine({ ...head, ...fields })}\n`);
}

export function say(call: Call, lines: readonly string[]): void {
  if (lines.length > 0) call.cli.terminal.out(`${lines.join("\n")}\n`);
}

/** Works on the campaign's ledger and closes it. Throws `usage` where there is none yet. */
export async function withLedger<T>(
  call: Call,
  work: (ledger: Ledger, campaign: CampaignLedger) => Promise<T>,
): Promise<T> {
  const { stateDir, campaign } = call.resolved;
  const ledger = await call.cli.compose.openLedger(stateDir, "existing");
  if (ledger === null) {
    throw new RepriseError(
      "usage",
      `no ledger in ${stateDir}. Take jobs in first (reprise import FILE), or name its folder with --state-dir`,
    );
  }
  try {
    return await work(ledger, ledger.campaign(campaign));
  } finally {
    await ledger.close();
  }
}

/** What a command group is built with. */
export type Bench = { cli: Cli; exit: (code: number) => void };

/** Makes `work` what the command does: with its settings read, its words, and its own flags. */
export function does<Flags>(
  command: Command,
  bench: Bench,
  work: (call: Call, words: string[], flags: Flags) => Promise<number>,
): Command {
  return command.action(async () => {
    bench.exit(
      await work(await callOf(bench.cli, command), command.args, command.opts<Flags & Record<string, never>>()),
    );
  });
}
