// The command line: builds the commands, runs one, turns what went wrong into one line and an exit code.
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { armFailpoints } from "../failpoint/failpoint.ts";
import type { Bench, Cli } from "./cli.ts";
import { addAccountCommands } from "./commands/accounts.ts";
import { addCauseCommands } from "./commands/causes.ts";
import { addCompletionCommands } from "./commands/completion.ts";
import { addDemoCommand } from "./commands/demo.ts";
import { addDeviceCommands } from "./commands/devices.ts";
import { addDoctorCommand } from "./commands/doctor.ts";
import { addFailpointsCommand } from "./commands/failpoints.ts";
import { addInitCommand } from "./commands/init.ts";
import { addJobCommands } from "./commands/jobs.ts";
import { addReportCommand } from "./commands/report.ts";
import { addRuleCommands } from "./commands/rules.ts";
import { addRunCommands } from "./commands/run.ts";
import { addSafekeepingCommands } from "./commands/safekeeping.ts";
import { addSettingsCommands } from "./commands/settings.ts";
import { addSimulateCommand } from "./commands/simulate.ts";
import { addStandingCommands } from "./commands/standing.ts";
import { addSteeringCommands } from "./commands/steering.ts";
import { lazyCompose } from "./compose.ts";
import { exitCodeOfStop } from "./exit-codes.ts";
import { addFlags } from "./flags.ts";
import { documented } from "./help.ts";
import { refuse } from "./refusal.ts";
import { signalStops } from "./stop-source.ts";
import { endProcess, processTerminal } from "./terminal.ts";

/**
 * Runs one command line in this process and ends it with the command's exit code.
 *
 * @public called by bin/reprise.mjs
 */
export async function main(args: readonly string[]): Promise<void> {
  endProcess(await execute(args, processCli(args)));
}

/** The world of this very process. */
export function processCli(args: readonly string[]): Cli {
  const terminal = processTerminal(process.env);
  return {
    terminal,
    env: process.env,
    cwd: process.cwd(),
    compose: lazyCompose,
    json: wantsJson(args, process.env),
    stops: () =>
      signalStops(process, {
        onUnheard: () => terminal.err("Stopping before the first post; the same again ends it now.\n"),
        giveUp: (by) => process.exit(exitCodeOfStop(by)),
      }),
  };
}

/** Runs one command line. Never rejects. @returns the exit code */
export async function execute(args: readonly string[], cli: Cli): Promise<number> {
  let code = 0;
  const exit = (c: number) => {
    code = c;
  };
  const program = programOf({ cli, exit });
  const given = args.filter((arg) => arg !== "--unsupported-platform"); // the launcher's
  try {
    await armFailpoints(cli.env);
    await program.parseAsync(given.length === 0 ? ["--help"] : given, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0; // --help, --version
    if (error instanceof CommanderError && error.code === "commander.help") return 2; // a group without its verb
    return refuse(error, cli.terminal, { json: cli.json, verbose: args.includes("--verbose") || args.includes("-v") });
  }
}

function programOf(bench: Bench): Command {
  const { cli } = bench;
  const program = new Command("reprise").exitOverride().helpCommand(false);
  program.configureOutput({
    writeOut: (text) => cli.terminal.out(text),
    writeErr: (text) => cli.terminal.err(text),
    outputError: () => {}, // said by `refuse`
  });
  addFlags(program, "global");
  program.option("-V, --version", "print the version").on("option:version", () => {
    cli.terminal.out(`${version()}\n`);
    throw new CommanderError(0, "commander.version", "");
  });
  addRunCommands(program, bench);
  addStandingCommands(program, bench);
  addSteeringCommands(program, bench);
  addJobCommands(program, bench);
  addCauseCommands(program, bench);
  addAccountCommands(program, bench);
  addDeviceCommands(program, bench);
  addRuleCommands(program, bench);
  addDemoCommand(program, bench);
  addSimulateCommand(program, bench);
  addInitCommand(program, bench);
  addReportCommand(program, bench);
  addDoctorCommand(program, bench);
  addSafekeepingCommands(program, bench);
  addSettingsCommands(program, bench);
  addCompletionCommands(program, bench);
  addFailpointsCommand(program, bench);
  return documented(program, {
    about: "posts a batch of media to many accounts in passes; never twice, never lost",
    examples: [
      ["run jobs.csv --exec ./poster.sh", "post what the file says"],
      ["status", "does anything need you?"],
      ["jobs why j17", "what happened to one job"],
    ],
    more: [
      "A page about a command: reprise help run · Posters: reprise help poster · Exit codes: reprise help exit-codes",
      "Completion in your shell: reprise completion --help",
      "Not on Linux: refused, unless --unsupported-platform is given.",
    ],
  });
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return (manifest as { version: string }).version;
}

/** Read before the flags are: an error about them is to be JSON too. */
function wantsJson(args: readonly string[], env: NodeJS.ProcessEnv): boolean {
  const after = args.indexOf("--renderer");
  if (args.includes("--json") || args.includes("--renderer=json") || (after >= 0 && args[after + 1] === "json"))
    return true;
  return /^(1|true|yes|on)$/i.test(env.REPRISE_JSON ?? "") || env.REPRISE_RENDERER === "json";
}
