// config, help, and the words of a poster.
import type { Command } from "commander";
import { RepriseError } from "../../core/errors.ts";
import { harmless } from "../../report/harmless.ts";
import { table } from "../../report/words.ts";
import { type Bench, type Call, type Cli, does, say, sayJson } from "../cli.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { addFlags } from "../flags.ts";
import { documented, fullHelp } from "../help.ts";
import { POSTER_PAGE } from "../poster-page.ts";

export function addSettingsCommands(program: Command, bench: Bench): void {
  const config = addFlags(program.command("config").option("--origin", "where each value came from"), "run");
  does<{ origin?: boolean }>(config, bench, (call, _words, flags) => showConfig(call, flags.origin === true));
  documented(config, {
    about: "the settings a run would have",
    examples: [
      ["config --origin", "and where each came from: flag, environment, config file or default"],
      ["config --max-passes 5 --retry-delay 60", "with these flags"],
    ],
    common: ["--origin", "--json", "--config"],
    more: ["It takes all flags of run."],
  });

  addPosterWords(program);

  const help = program.command("help").argument("[NAME...]").option("--all", "every flag");
  help.action((names: string[], flags: { all?: boolean }) =>
    bench.exit(showHelp(program, bench.cli, { names, isFull: flags.all === true })),
  );
  documented(help, {
    about: "a page about a command, about posters, or the exit codes",
    examples: [
      ["help run --all", "every flag of run"],
      ["help poster", "what a command that posts is given, and what it says"],
      ["help exit-codes", "what scripts can rely on"],
    ],
  });
}

async function showConfig(call: Call, withOrigin: boolean): Promise<number> {
  const { origins, stateDir, configFile } = await call.cli.compose.effectiveSettings(call.resolved);
  if (call.json) {
    const settings = Object.fromEntries(
      origins.map(({ key, value, from, where }) => [key, withOrigin ? { value, from, where } : value]),
    );
    sayJson(call, "config", { state_dir: stateDir, config_file: configFile, settings });
    return 0;
  }
  const shown = (value: string) => (value === "" ? "-" : harmless(value));
  say(
    call,
    table(
      origins.map(({ key, value, from, where }) => [
        key,
        shown(value),
        ...(withOrigin ? [`${from}${where === "" ? "" : ` (${harmless(where)})`}`] : []),
      ]),
    ),
  );
  return 0;
}

/** The launcher answers these before anything is loaded; here they are for the help page. */
function addPosterWords(program: Command): void {
  const misplaced = (name: string) => () => {
    throw new RepriseError("usage", `${name}: must be the first word after reprise`);
  };
  const emit = program.command("emit").argument("<WORD...>").allowUnknownOption().action(misplaced("emit"));
  documented(emit, {
    about: "a poster says how far it is (step, posted, not_posted, evidence, verified)",
    examples: [["emit step opening", ""]],
  });
  const ask = program.command("ask-publish").action(misplaced("ask-publish"));
  documented(ask, {
    about: "a poster asks before its tap: exit 0 = go, 75 = do not post",
    examples: [["ask-publish && tap", ""]],
  });
}

function showHelp(program: Command, cli: Cli, asked: { names: string[]; isFull: boolean }): number {
  if (asked.names[0] === "exit-codes") {
    const rows = EXIT_CODES.map(({ code, name, meaning }) => [String(code), name, meaning]);
    cli.terminal.out(`${["Exit codes, first that fits:", ...table(rows)].join("\n")}\n`);
    return 0;
  }
  if (asked.names[0] === "poster") {
    cli.terminal.out(POSTER_PAGE);
    return 0;
  }
  let command = program;
  for (const name of asked.names) {
    const next = command.commands.find((c) => c.name() === name);
    if (next === undefined)
      throw new RepriseError("usage", `help: no page about ${asked.names.join(" ")}. All commands: reprise --help`);
    command = next;
  }
  cli.terminal.out(asked.isFull ? fullHelp(command) : command.helpInformation());
  return 0;
}
