// pause, resume, next: a word to the running orchestrator.
import type { Command } from "commander";
import { harmless } from "../../report/harmless.ts";
import { agreed, type Bench, type Call, does, say, sayJson } from "../cli.ts";
import type { Steered, Steering } from "../compose.ts";
import { documented } from "../help.ts";

const COMMANDS: Record<Steering, { about: string; example: string; asks: string; done: string }> = {
  pause: {
    about: "start no more attempts; those in flight finish",
    example: "while somebody needs the phones",
    asks: "pause the run",
    done: "Paused: attempts in flight finish, no new ones start. Go on: resume",
  },
  resume: { about: "go on after pause", example: "the phones are back", asks: "resume the run", done: "Goes on." },
  next: {
    about: "skip the rest of the delay: the next pass starts now",
    example: "what made the last pass fail is mended",
    asks: "start the next pass now",
    done: "The next pass starts.",
  },
};

export function addSteeringCommands(program: Command, bench: Bench): void {
  for (const [name, { about, example }] of Object.entries(COMMANDS)) {
    const command = program.command(name);
    does(command, bench, (call) => steer(call, name as Steering));
    documented(command, { about, examples: [[name, example]] });
  }
}

async function steer(call: Call, to: Steering): Promise<number> {
  const { asks, done } = COMMANDS[to];
  if (!(await agreed(call, { what: asks }))) return 0;
  const steered = await call.cli.compose.steerMain({ resolved: call.resolved, to });
  const campaign = harmless(call.resolved.campaign);
  const said: Record<Steered, string> = {
    done,
    sent: "Told; it has not answered yet: see status.",
    idle: `Nothing is running in campaign ${campaign}.`,
    needless: `Campaign ${campaign} does not wait for a pass.`,
  };
  if (call.json) sayJson(call, to, { was_running: steered !== "idle", taken_up: steered === "done" });
  else say(call, [said[steered]]);
  return 0;
}
