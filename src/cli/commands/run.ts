// run, plan, import: from job files to posts.
import { relative } from "node:path";
import type { Command } from "commander";
import { knowsJobs } from "../../compose/open-ledger.ts";
import { simulatedDir } from "../../compose/simulated-dir.ts";
import { harmless } from "../../report/harmless.ts";
import { type Plan, planJson, planLines } from "../../report/plan.ts";
import { openRenderer } from "../../report/report.ts";
import { count } from "../../report/words.ts";
import { agreed, type Bench, type Call, does, say, sayJson } from "../cli.ts";
import { exitWords } from "../exit-codes.ts";
import { addFlags } from "../flags.ts";
import { documented } from "../help.ts";
import { shellWord } from "../shell-words.ts";
import { importJobs } from "./import-jobs.ts";

const COMMON =
  "--exec --verify-exec --poster --simulate --workers --max-passes --retry-delay --infra-retry-limit --no-retry-unknown --daily-limit --min-gap --accounts --attempt-timeout --halt --until --dry-run --json --yes --quiet --state-dir --config --campaign".split(
    " ",
  );
const TAKE_OVER = {
  what: "take the campaign from the run that holds it: what it has begun is ended, and may be posted",
  typed: "take over",
};
/** Shown in the help of `plan`; it takes all flags of `run`, since it is `run --dry-run`. */
const PLAN_FLAGS = [
  "exec",
  "poster",
  "workers",
  "accounts",
  "stateFile",
  "mediaMap",
  "skipBad",
  "dailyLimit",
  "minGap",
  "simulate",
  "retryAllFailed",
];

export function addRunCommands(program: Command, bench: Bench): void {
  const run = addFlags(program.command("run").argument("[JOBS...]"), "run");
  does(run, bench, runJobs);
  documented(run, {
    about: "post all open jobs, in passes, until a retry would not help",
    examples: [
      ["run jobs.csv --exec ./poster.sh", "take jobs in and post them"],
      ["run jobs.csv --poster ./poster.ts", "the same with a poster written for a phone or a browser"],
      ["run", "go on, with the settings of reprise.config.yaml"],
      ["run --workers 5 --max-passes 3", "five at once, at most three passes"],
      ["run --accounts a.ana,b.ben --dry-run", "show what would be posted, post nothing"],
      ["run --json | jq 'select(.type==\"pass.summary\")'", "one event a line"],
    ],
    common: COMMON,
    more: ["All flags: reprise help run --all · Posters: reprise help poster · Exit codes: reprise help exit-codes"],
  });

  const plan = addFlags(program.command("plan").argument("[JOBS...]"), "run", PLAN_FLAGS, "hidden");
  does(plan, bench, planJobs);
  documented(plan, {
    about: "who would post what, and what holds the rest back; writes nothing",
    examples: [
      ["plan jobs.csv", "before the first run"],
      ["plan --accounts @accounts.txt --daily-limit 2", "how limits would deal jobs out"],
    ],
  });

  const taking = addFlags(program.command("import").argument("<JOBS...>"), "run", ["mediaMap", "skipBad"]);
  does(taking, bench, importJobs);
  documented(taking, {
    about: "check job files and take them in, without posting",
    examples: [
      ["import jobs.jsonl", "JSON lines, CSV, a state file or a folder of media"],
      ["import jobs.csv --media-map 'C:\\vids=/mnt/vids'", "paths of another machine"],
      ["import jobs.csv --skip-bad", "leave bad rows out instead of refusing the file"],
    ],
  });
}

const withStateFile = (call: Call, files: string[]) =>
  call.resolved.stateFile === null ? files : [call.resolved.stateFile, ...files];

/** Runs the campaign; the exit code is the run's. */
async function runJobs(call: Call, named: string[]): Promise<number> {
  const { cli, resolved } = call;
  if (resolved.dryRun) return planJobs(call, named);
  const files = withStateFile(call, named);
  const isSimulated = resolved.settings.poster.kind === "simulated";
  if (resolved.takeOver && !(await agreed(call, TAKE_OVER))) return 0;
  if (!isSimulated && !(await agreed(call, { what: await startQuestion(call, files) }))) return 0;
  const loudness = resolved.quiet ? "quiet" : resolved.verbose ? "verbose" : "normal";
  const sinks = { stdout: cli.terminal.out, stderr: cli.terminal.err };
  const renderer = openRenderer(resolved.renderer, sinks, { ...styleOf(call, isSimulated), loudness, exitWords });
  const stop = cli.stops();
  const isFirst = isForPeople(resolved) && !isSimulated && !(await knowsJobs(resolved.stateDir));
  try {
    const finished = await cli.compose.runMain({
      resolved,
      files,
      stop,
      onEvent: (line) => {
        renderer.event(line);
        if (isFirst && line.type === "run.started") cli.terminal.err(firstWords(resolved.stateDir));
      },
      onWarning: (message) => cli.terminal.err(`warning: ${harmless(message)}\n`),
    });
    return finished.exit_code;
  } finally {
    renderer.close();
  }
}

const isForPeople = ({ renderer, quiet }: Call["resolved"]) => !quiet && ["auto", "lines"].includes(renderer);

const firstWords = (stateDir: string) =>
  `New ledger in ${harmless(stateDir)}: it knows of no earlier post. Start in this folder again, or with --state-dir, and nothing is posted twice.\n`;

/** Hints of a simulated run lead to its own ledger. */
function styleOf({ cli, resolved, style }: Call, isSimulated: boolean): Call["style"] {
  if (!isSimulated) return style;
  const campaign = resolved.campaign === "default" ? "" : ` --campaign ${resolved.campaign}`;
  const stateDir = relative(cli.cwd, simulatedDir(resolved.stateDir, resolved.campaign));
  return { ...style, prefix: `reprise --state-dir ${shellWord(stateDir)}${campaign}` };
}

async function startQuestion(call: Call, files: string[]): Promise<string> {
  if (!call.cli.terminal.isInteractive || call.may.yes) return "post";
  const { counts } = await call.cli.compose.readStanding(call.resolved);
  const open = counts.pending + counts.failed_infrastructure + counts.failed_unknown;
  const more = files.length > 0 ? `${open > 0 ? " and those of" : " of"} ${files.join(", ")}` : "";
  const what = open > 0 || files.length === 0 ? count(open, "open job") : "the jobs";
  return `post ${what}${more} with ${count(call.resolved.settings.workers, "worker")}`;
}

async function planJobs(call: Call, named: string[]): Promise<number> {
  const plan = await call.cli.compose.planMain({ resolved: call.resolved, files: withStateFile(call, named) });
  showPlan(call, plan);
  return 0;
}

function showPlan(call: Call, plan: Plan): void {
  if (call.json) {
    const { v: _v, ...fields } = planJson(plan, Date.now()) as Record<string, unknown>;
    sayJson(call, "plan", fields);
  } else
    say(
      call,
      planLines(plan, { ...call.style, folder: call.cli.cwd }, call.resolved.verbose ? Number.POSITIVE_INFINITY : 50),
    );
}
