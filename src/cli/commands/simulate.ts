// simulate: what a campaign would come to in a world of a scenario. Virtual time, no process, no phone, no post.
import type { Command } from "commander";
import type { Simulated } from "../../compose/simulate-main.ts";
import { RepriseError } from "../../core/errors.ts";
import type { EventLine } from "../../core/events.ts";
import { type Instant, instant } from "../../core/ids.ts";
import { jsonLine } from "../../report/harmless.ts";
import { type LineStyle, linesOf } from "../../report/lines.ts";
import { fold, NO_RUN } from "../../report/run-view.ts";
import { type Bench, type Call, does, say, sayJson } from "../cli.ts";
import { exitWords } from "../exit-codes.ts";
import { addFlags } from "../flags.ts";
import { documented } from "../help.ts";
import { outcomeLines, seedsLines } from "./simulated-outcome.ts";

const FLAGS = [
  "accounts",
  "workers",
  "maxPasses",
  "retryDelay",
  "retryBackoff",
  "retryDelayMax",
  "retryJitter",
  "infraRetryLimit",
  "noRetryUnknown",
  "dailyLimit",
  "minGap",
  "attemptTimeout",
  "settle",
  "halt",
  "outageProbe",
  "outagePatience",
  "devices",
  "until",
  "mediaMap",
  "skipBad",
  "seed",
];
const START = "2026-01-05T09:00:00Z";
const MOST_SEEDS = 10_000;

type Own = { seeds?: string; start?: string };

export function addSimulateCommand(program: Command, bench: Bench): void {
  const simulate = addFlags(program.command("simulate").argument("<SCENARIO>").argument("[JOBS...]"), "run", FLAGS);
  simulate.option("--seeds <A..B>", "one run for each of these seeds, one line a run");
  simulate.option("--start <TIME>", `what the virtual clock shows at first [${START}]`);
  does<Own>(simulate, bench, (call, [, ...files], own) => simulateJobs(call, files, own));
  simulate.hook("preAction", (_program, command) => {
    if (command === simulate) simulate.setOptionValue("simulate", simulate.args[0]);
  });
  documented(simulate, {
    about: "play a run in virtual time: hours in a moment, the same seed gives the same events; writes nothing",
    examples: [
      ["simulate bad-night", "made-up jobs (or the campaign's open ones) meet a bad night"],
      ["simulate bad-night jobs.csv --seed 7", "jobs of a file; the same again gives the same event hash"],
      ["simulate my-night.yaml jobs.csv --max-passes 5", "would two more passes help?"],
      ["simulate slow-feed jobs.csv --seeds 1..100", "a hundred nights, one line each"],
    ],
    common: [
      "--seed",
      "--seeds",
      "--start",
      "--workers",
      "--max-passes",
      "--daily-limit",
      "--json",
      "--quiet",
      "--verbose",
    ],
    more: [
      "Scenarios by name: all-well, bad-night, account-trouble, slow-feed, outage · All flags: reprise help simulate --all",
    ],
  });
}

/** One seed: its events, then what they came to; the exit code is the run's. Several: a line each. */
async function simulateJobs(call: Call, files: string[], own: Own): Promise<number> {
  const seeds = own.seeds === undefined ? [call.resolved.settings.seed] : seedsOf(own.seeds);
  const startsAt = startOf(own.start ?? START);
  const from = performance.now();
  const courses: Simulated[] = [];
  const draw = own.seeds === undefined ? eventsTo(call) : () => {};
  const options = { resolved: call.resolved, files, seeds, startsAt };
  await call.cli.compose.simulateMain({ ...options, onEvent: draw, onEnd: (course) => void courses.push(course) });
  const tookMs = performance.now() - from;
  if (call.json) for (const course of courses) sayJson(call, "simulated", fieldsOf(course, startsAt));
  else
    say(call, own.seeds === undefined ? courses.flatMap((c) => outcomeLines(c, tookMs)) : seedsLines(courses, tookMs));
  if (courses.some(({ postedTwice }) => postedTwice > 0)) return 1;
  return own.seeds === undefined ? (courses[0]?.finished.exit_code ?? 0) : 0;
}

function seedsOf(text: string): number[] {
  const [, first, last] = /^(\d{1,15})\.\.(\d{1,15})$/.exec(text) ?? [];
  const count = Number(last) - Number(first) + 1;
  if (!(count >= 1 && count <= MOST_SEEDS))
    throw new RepriseError(
      "usage",
      `--seeds is "${text}": must be A..B, at most ${MOST_SEEDS} of them, such as 1..100`,
    );
  return Array.from({ length: count }, (_, i) => Number(first) + i);
}

function startOf(text: string): Instant {
  const at = Date.parse(text);
  if (!/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) || Number.isNaN(at))
    throw new RepriseError("usage", `--start is "${text}": must be a time with its zone, such as ${START}`);
  return instant(at);
}

/** Draws events as `run` does, each line with the virtual time that has passed. */
function eventsTo({ cli, resolved, json, style }: Call): (line: EventLine, atMs: number) => void {
  if (json) return (line) => cli.terminal.out(`${jsonLine(line)}\n`);
  const loudness = resolved.quiet ? "quiet" : resolved.verbose ? "verbose" : "normal";
  const drawn: LineStyle = { ...style, loudness, exitWords };
  let view = NO_RUN;
  return (line, atMs) => {
    const lines = line.type === "run.finished" ? [] : linesOf(view, line, drawn);
    view = fold(view, line);
    for (const text of lines) cli.terminal.err(`${text === "" ? "" : `${passed(atMs)}  ${text}`}\n`);
  };
}

/** `0:03:12`, `26:00:00`. */
function passed(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

function fieldsOf({ seed, finished, posts, postedTwice, virtualMs, hash }: Simulated, startsAt: Instant) {
  const { final_result, exit_code } = finished;
  return {
    ts: new Date(startsAt + virtualMs).toISOString(),
    seed,
    final_result,
    exit_code,
    posts,
    posted_twice: postedTwice,
    virtual_ms: Math.round(virtualMs),
    event_hash: hash,
  };
}
