// demo: a first run to watch, without a job file, a poster or a phone.
import type { Command } from "commander";
import type { DemoEnd, DemoPlace } from "../../compose/demo-main.ts";
import { type Resolved, resolveConfig } from "../../config/config.ts";
import { RepriseError } from "../../core/errors.ts";
import { openRenderer } from "../../report/report.ts";
import { count } from "../../report/words.ts";
import type { Bench, Cli } from "../cli.ts";
import { exitWords } from "../exit-codes.ts";
import { addFlags, type GivenFlags } from "../flags.ts";
import { documented } from "../help.ts";
import { commandName, shellWord } from "../shell-words.ts";
import { type DemoSeen, newSeen, see, storyOf } from "./demo-story.ts";

export function addDemoCommand(program: Command, bench: Bench): void {
  const demo = program.command("demo");
  demo.option("--dir <DIR>", "a new or empty folder for it, which stays");
  demo.option("--keep", "the next demo does not remove this one's folder");
  addFlags(demo, "run", ["seed"]);
  demo.action(async () => bench.exit(await runDemo(bench.cli, demo.optsWithGlobals())));
  documented(demo, {
    about: "watch 40 simulated jobs meet trouble and come home; touches nothing real, takes some seconds",
    examples: [
      ["demo", "what passes, holds, looks and limits do"],
      ["demo --seed 7 --dir ./demo", "other jobs meet the trouble; in a folder of your choice"],
      ["demo --json", "one event a line"],
    ],
    common: ["--dir", "--keep", "--seed", "--json", "--quiet", "--verbose"],
  });
}

type DemoFlags = GivenFlags & { dir?: string; keep?: boolean };

/** Exit 0 unless it was stopped, which leaves nothing to tell: that its trouble was met is what it shows. */
async function runDemo(cli: Cli, flags: DemoFlags): Promise<number> {
  for (const name of ["stateDir", "config", "campaign"]) {
    if (flags[name] !== undefined)
      throw new RepriseError("usage", "demo: has a ledger and settings of its own; say where with --dir DIR");
  }
  const manner = await resolveManner(cli, flags);
  const seen = newSeen();
  const startedAt = Date.now();
  const prefix = { text: "" };
  const renderer = openDemoRenderer(cli, manner, prefix);
  try {
    const end = await cli.compose.demoMain({
      dir: flags.dir ?? null,
      cwd: cli.cwd,
      keep: flags.keep === true,
      seed: manner.settings.seed,
      stop: cli.stops(),
      onPlace(place) {
        prefix.text = `${commandName(cli.env)} --state-dir ${shellWord(place.stateDir)}`;
        if (!isJson(manner)) cli.terminal.err(`${opening(place)}\n`);
      },
      onEvent(line) {
        see(seen, line);
        renderer.event(line);
      },
    });
    if (end.finished.final_result === "interrupted") return end.finished.exit_code;
    if (!isJson(manner))
      cli.terminal.out(`${closing(cli, end, { seen, tookMs: Date.now() - startedAt }, prefix.text)}\n`);
    return 0;
  } finally {
    renderer.close();
  }
}

const isJson = (manner: Resolved) => manner.renderer === "json";

/** How to draw, and the seed. Settings of the present folder have no say. */
async function resolveManner(cli: Cli, { seed, json, quiet, verbose, color }: DemoFlags): Promise<Resolved> {
  const { NO_COLOR } = cli.env;
  const found = await resolveConfig({ flags: { seed, json, quiet, verbose, color }, env: { NO_COLOR }, cwd: "/" });
  if (!found.ok) throw new RepriseError("usage", found.error.message);
  return found.value;
}

function openDemoRenderer(cli: Cli, manner: Resolved, prefix: { text: string }) {
  const { terminal } = cli;
  const loudness = manner.quiet ? ("quiet" as const) : manner.verbose ? ("verbose" as const) : ("normal" as const);
  const style = {
    utf8: terminal.utf8,
    color: terminal.color && manner.color,
    // known when the folder is made, which is before the first event
    get prefix() {
      return prefix.text;
    },
    loudness,
    exitWords,
  };
  return openRenderer(isJson(manner) ? "json" : "lines", { stdout: terminal.out, stderr: terminal.err }, style);
}

const opening = ({ folder, jobs, accounts }: DemoPlace) =>
  `A demo in ${folder}: ${count(jobs, "job")} of ${count(accounts, "account")}, with trouble on purpose. Nothing is really posted.`;

type Watched = { seen: DemoSeen; tookMs: number };

function closing(cli: Cli, { finished, place, posts }: DemoEnd, { seen, tookMs }: Watched, prefix: string): string {
  const name = commandName(cli.env);
  const [job = "JOB"] = [...seen.absent, ...seen.found];
  const commands = [
    ["status", "how the campaign stands"],
    [`jobs why ${shellWord(job)}`, "what happened to a post that got lost"],
    ["jobs list --status failed,held,deferred", "what was not posted, and why"],
    ["accounts list", "who is held, and who has posted how much today"],
  ];
  const stays = place.isTemporary ? "The next demo removes that folder; --keep or --dir DIR keeps it." : "";
  return [
    ...storyOf(seen, { finished, posts, sink: place.sink, tookMs }),
    `With phones this run would have ended with exit code ${exitWords(finished.exit_code)}.`,
    "",
    "Look closer:",
    ...commands.map(([typed = "", what = ""]) => `  ${prefix} ${typed.padEnd(40)} # ${what}`),
    `What went wrong is written in ${place.scenario}. ${stays}`.trimEnd(),
    "",
    `Next: ${name} init writes a project of your own. ${name} run jobs.csv --simulate bad-night plays a bad night with your jobs.`,
  ].join("\n");
}
