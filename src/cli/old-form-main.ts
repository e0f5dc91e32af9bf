// Runs an old command line: says once what it is called now, then does that.
import { statSync } from "node:fs";
import { join } from "node:path";
import { resolveConfig } from "../config/config.ts";
import { RepriseError } from "../core/errors.ts";
import { harmless } from "../report/harmless.ts";
import type { Cli } from "./cli.ts";
import { execute, processCli } from "./main.ts";
import { type NewCommand, OLD_HELP, readOldForm, typed } from "./old-form.ts";
import { refuse } from "./refusal.ts";
import { endProcess } from "./terminal.ts";

/** Runs one old command line in this process and ends it with its exit code. */
export async function main(args: readonly string[]): Promise<void> {
  endProcess(await executeOld(args, processCli(args)));
}

/** Never rejects. @returns the exit code: that of the first command that fails */
export async function executeOld(args: readonly string[], cli: Cli): Promise<number> {
  const given = args.filter((arg) => arg !== "--unsupported-platform"); // the launcher's
  const read = readOldForm(given, (name) => isFile(join(cli.cwd, name)));
  if (!read.ok) return refuse(new RepriseError("usage", read.error), cli.terminal, { json: cli.json, verbose: false });
  const { help, commands, notes } = read.value;
  if (help) {
    cli.terminal.out(OLD_HELP);
    return 0;
  }
  cli.terminal.err(`This is the old form of: ${harmless(commands.map(typed).join("; "))}\n`);
  for (const note of notes) cli.terminal.err(`note: ${note}\n`);
  for (const command of commands) {
    if (command.isPreparation && !(await hasLedger(command, cli))) continue;
    const code = await execute(command.args, cli);
    if (code !== 0 && !command.isPreparation) return code;
  }
  return 0;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

async function hasLedger({ args }: NewCommand, cli: Cli): Promise<boolean> {
  const at = args.indexOf("--state-dir");
  const flags = at === -1 ? {} : { stateDir: args[at + 1] };
  const found = await resolveConfig({ flags, env: cli.env, cwd: cli.cwd });
  if (!found.ok) return false; // said by the command that follows
  // one that can't be opened: said by the command that follows, too
  const ledger = await cli.compose.openLedger(found.value.stateDir, "existing").catch(() => null);
  await ledger?.close();
  return ledger !== null;
}
