import assert from "node:assert/strict";
import { test } from "node:test";
import type { StopSource } from "../cli/stop-source.ts";
import { runOnFinish } from "./on-finish.ts";

function stops(): StopSource & { ask(): void } {
  const listeners: Parameters<StopSource["onStop"]>[0][] = [];
  return {
    asked: AbortSignal.abort(),
    onStop(listener) {
      listener("SIGINT", 1); // it stopped the run: told to whoever comes late
      listeners.push(listener);
    },
    ask: () => listeners.forEach((l) => void l("SIGINT", 2)),
  };
}

const finish = (command: string, more: { limitMs?: number; stop?: StopSource } = {}) =>
  runOnFinish({
    command,
    line: { run: "r1", exit_code: 0, final_result: "all_complete" },
    stateDir: "/nowhere",
    campaign: "c",
    stop: stops(),
    ...more,
  });

const table: [why: string, command: string, want: string | null][] = [
  ["all is well", "true", null],
  ["it fails", "exit 3", "exit code 3"],
  ["it is killed", "kill -9 $$", "was ended by SIGKILL"],
  ["it does not read its input", "exec <&-; sleep 0.05", null],
  ["it knows the campaign", '[ "$REPRISE_CAMPAIGN $REPRISE_RUN $REPRISE_STATE_DIR" = "c r1 /nowhere" ]', null],
  ["it finds our command", "command -v reprise > /dev/null", null],
];
for (const [why, command, want] of table) {
  test(`after a run: ${why}`, async () => assert.equal(await finish(command), want));
}

test("after a run: its background work is waited for, and may fail", async () => {
  const started = Date.now();
  assert.equal(await finish("(sleep 0.3; exit 1) & exit 0"), null);
  assert.ok(Date.now() - started >= 300);
});

test("after a run: what ignores its end is killed at the limit, with its children", async () => {
  const started = Date.now();
  const wrong = await finish("trap '' TERM; sleep 30 & sleep 30", { limitMs: 200 });
  assert.equal(wrong, "still ran after 0.2 s and was ended");
  assert.ok(Date.now() - started < 10_000);
});

test("after a run: a new stop ends it, the one that stopped the run does not", async () => {
  const stop = stops();
  const ended = finish("sleep 30", { stop });
  stop.ask();
  assert.equal(await ended, "was ended by a stop");
});
