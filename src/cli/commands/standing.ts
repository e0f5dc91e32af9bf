// status, verify, stop, sweep: how a campaign stands, and putting it right.
import { existsSync } from "node:fs";
import type { Command } from "commander";
import { ledgerFile } from "../../compose/open-ledger.ts";
import type { EventLine } from "../../core/events.ts";
import { harmless } from "../../report/harmless.ts";
import { openRenderer } from "../../report/report.ts";
import { standingJson, standingLines } from "../../report/standing.ts";
import { count } from "../../report/words.ts";
import { agreed, type Bench, type Call, does, say, sayJson } from "../cli.ts";
import type { VerifyEnd } from "../compose.ts";
import { exitCodeOfStop, exitWords } from "../exit-codes.ts";
import { addFlags } from "../flags.ts";
import { documented } from "../help.ts";

export function addStandingCommands(program: Command, bench: Bench): void {
  const status = program.command("status");
  does(status, bench, showStatus);
  documented(status, {
    about: "run, pass, counts, what needs you, causes; reads only",
    examples: [
      ["status", "do I have to do anything?"],
      ["status --json | jq .needs_you", "the same for a script"],
    ],
  });

  const verify = addFlags(program.command("verify").argument("[JOB...]"), "run", [
    "exec",
    "verifyExec",
    "poster",
    "settle",
    "attemptTimeout",
    "workers",
    "devices",
  ]);
  does(verify, bench, verifyJobs);
  documented(verify, {
    about: "look whether unconfirmed posts are live; never posts",
    examples: [
      ["verify --verify-exec ./look.sh", "all unconfirmed jobs"],
      ["verify j17 --exec ./poster.sh --verify-exec same", "one job, by a poster that can look"],
      ["verify --verify-exec ./look.sh --devices none", "posts from phones too, by a look that needs none"],
    ],
  });

  const stop = program.command("stop").option("--now", "kill; what is past its tap becomes unconfirmed");
  does<{ now?: boolean }>(stop, bench, (call, _words, flags) => stopRun(call, flags.now === true));
  documented(stop, {
    about: "stop the running orchestrator of the campaign, and wait until it is gone",
    examples: [
      ["stop", "in order: posts past their tap may finish"],
      ["stop --now --yes", "at once"],
    ],
  });

  const sweep = program.command("sweep");
  does(sweep, bench, sweepLeftovers);
  documented(sweep, {
    about: "end what a crash of reprise left behind; never what others own",
    examples: [["sweep", "after a kill -9, if no new run is wanted"]],
  });
}

async function showStatus(call: Call): Promise<number> {
  const view = await call.cli.compose.readStanding(call.resolved);
  if (call.json) call.cli.terminal.out(`${JSON.stringify(standingJson(view, Date.now()))}\n`);
  else say(call, [...standingLines(view, Date.now(), call.style), ...noLedger(call)]);
  return 0;
}

/** In a wrong folder all seems well. */
const noLedger = ({ resolved: { stateDir } }: Call) =>
  existsSync(ledgerFile(stateDir))
    ? []
    : [`No ledger in ${harmless(stateDir)} yet: another folder's is reached with --state-dir`];

/** Exit 6 while any job stays unconfirmed; stopped, the signal's. */
async function verifyJobs(call: Call, jobs: string[]): Promise<number> {
  const { cli, resolved } = call;
  if (
    !(await agreed(call, {
      what: jobs.length === 0 ? "look for all unconfirmed posts" : `look for ${count(jobs.length, "job")}`,
    }))
  )
    return 0;
  const style = { ...call.style, loudness: "verbose" as const, exitWords };
  const renderer = openRenderer(resolved.renderer, { stdout: cli.terminal.out, stderr: cli.terminal.err }, style);
  let end: VerifyEnd;
  try {
    const isWorthALine = (line: EventLine) => call.json || resolved.verbose || !line.type.startsWith("worker.");
    const onEvent = (line: EventLine) => void (isWorthALine(line) && renderer.event(line));
    end = await cli.compose.verifyMain({ resolved, jobs, stop: cli.stops(), onEvent });
  } finally {
    renderer.close();
  }
  if (end.isStillOn)
    cli.terminal.err(`warning: a phone was told to stop and is still on: ${call.style.prefix} sweep stops it\n`);
  const { counts } = await cli.compose.readStanding(resolved);
  if (call.json) sayJson(call, "verify", { unconfirmed: counts.unconfirmed });
  else if (counts.unconfirmed === 0) say(call, ["No post is unconfirmed."]);
  else say(call, [`${counts.unconfirmed} still unconfirmed: ${call.style.prefix} jobs list --status unconfirmed`]);
  if (end.stoppedBy !== null) return exitCodeOfStop(end.stoppedBy);
  return counts.unconfirmed > 0 ? 6 : 0;
}

async function stopRun(call: Call, now: boolean): Promise<number> {
  const question = now
    ? { what: "stop now: posts past their tap become unconfirmed", typed: "stop" }
    : { what: "stop the running orchestrator" };
  if (!(await agreed(call, question))) return 0;
  const { wasRunning } = await call.cli.compose.stopMain({ resolved: call.resolved, now });
  if (call.json) sayJson(call, "stop", { was_running: wasRunning });
  else say(call, [wasRunning ? "Stopped." : `Nothing is running in campaign ${harmless(call.resolved.campaign)}.`]);
  return 0;
}

async function sweepLeftovers(call: Call): Promise<number> {
  if (!(await agreed(call, { what: "end leftover processes of ours" }))) return 0;
  const { processes, details } = await call.cli.compose.sweepMain({ resolved: call.resolved });
  if (call.json) sayJson(call, "sweep", { processes, details });
  else
    say(call, [
      processes === 0 ? "Nothing was left." : `Ended ${count(processes, "process")}.`,
      ...details.map(harmless),
    ]);
  return 0;
}
