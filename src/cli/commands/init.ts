// init: a project that runs as it is, to put one's own code into.
import { relative, resolve } from "node:path";
import type { Command } from "commander";
import { RepriseError } from "../../core/errors.ts";
import { LANGUAGES, type Language, posterName } from "../../init/init.ts";
import { harmless, jsonLine } from "../../report/harmless.ts";
import type { Bench, Cli } from "../cli.ts";
import { documented } from "../help.ts";
import { commandName, shellWord } from "../shell-words.ts";

type InitFlags = { language?: string; json?: boolean; yes?: boolean; input?: boolean };

export function addInitCommand(program: Command, bench: Bench): void {
  const init = program.command("init").argument("[DIR]");
  init.option("--language <WORD>", `of the poster: ${LANGUAGES.join(", ")} [bash, or asked for on a terminal]`);
  init.action(async () => bench.exit(await writeProject(bench.cli, init.args[0], init.optsWithGlobals())));
  documented(init, {
    about: "write a project that runs as it is: config, jobs, a video, a poster; overwrites nothing",
    examples: [
      ["init", "here"],
      ["init posting --language python", "in a folder, with a poster in Python"],
    ],
    common: ["--language", "--json", "--yes"],
  });
}

async function writeProject(cli: Cli, dir: string | undefined, flags: InitFlags): Promise<number> {
  const language = flags.language === undefined ? await ask(cli, flags) : readLanguage(flags.language);
  if (language === null) {
    cli.terminal.err("Nothing was written.\n");
    return 0;
  }
  const folder = resolve(cli.cwd, dir ?? ".");
  const files = await cli.compose.initMain({ folder, language });
  if (flags.json === true)
    cli.terminal.out(
      `${jsonLine({ v: 1, type: "init", ts: new Date().toISOString(), run: "-", folder, language, files })}\n`,
    );
  else cli.terminal.out(`${farewell(cli, { folder, language, files }).join("\n")}\n`);
  return 0;
}

function readLanguage(text: string): Language {
  const found = LANGUAGES.find((l) => l === text.trim().toLowerCase());
  if (found !== undefined) return found;
  throw new RepriseError("usage", `--language is "${text}": must be one of ${LANGUAGES.join(", ")}`);
}

/** `null`: the terminal closed. */
async function ask({ terminal }: Cli, { yes, input }: InitFlags): Promise<Language | null> {
  if (!terminal.isInteractive || yes === true || input === false) return "bash";
  const answer = await terminal.ask(`Language of your poster: ${LANGUAGES.join(", ")}? [bash] `);
  if (answer === null) return null;
  return answer.trim() === "" ? "bash" : readLanguage(answer);
}

function farewell(cli: Cli, made: { folder: string; language: Language; files: readonly string[] }): string[] {
  const name = commandName(cli.env);
  const path = relative(cli.cwd, made.folder);
  const enter = path === "" ? [] : [[`cd ${shellWord(path)}`, ""]];
  const steps = [
    ...enter,
    [`${name} plan`, "who would post what; writes nothing"],
    [`${name} run`, "posts both example jobs, into the folder posted/"],
    [`${name} status`, "does anything need you?"],
  ];
  return [
    `Written in ${harmless(made.folder)}: ${made.files.join(", ")}`,
    "Next:",
    ...steps.map(([typed = "", what = ""]) => `  ${typed.padEnd(20)}${what}`.trimEnd()),
    `Then put your own code into ${posterName(made.language)} where it says YOURS, and your jobs into jobs.jsonl.`,
  ];
}
