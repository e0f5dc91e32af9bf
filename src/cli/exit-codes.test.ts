import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { FINAL_RESULTS, type PassResult } from "../core/pass.ts";
import { confirm, type Question } from "./confirm.ts";
import { EXIT_CODES, exitCodeOf, exitWords, type StopSignal } from "./exit-codes.ts";
import { abortStops, signalStops } from "./stop-source.ts";
import type { Terminal } from "./terminal.ts";

type More = { stoppedBy?: StopSignal; allowEmpty?: boolean };
const table: [why: string, result: PassResult, unconfirmed: number, more: More, code: number][] = [
  ["all is well", "all_complete", 0, {}, 0],
  ["passes used up", "max_passes_reached", 0, {}, 5],
  ["retries used up", "retries_exhausted", 0, {}, 5],
  ["nothing a retry would help", "only_non_retryable", 0, {}, 3],
  ["not due", "deferred", 0, {}, 8],
  ["some unconfirmed", "unconfirmed_remaining", 1, {}, 6],
  ["unconfirmed beats the result's name", "max_passes_reached", 2, {}, 6],
  ["unconfirmed beats the account failures", "only_non_retryable", 1, {}, 6],
  ["a halt beats unconfirmed", "halted", 1, {}, 7],
  ["a stop beats unconfirmed", "interrupted", 1, { stoppedBy: "SIGINT" }, 130],
  ["reprise stop", "interrupted", 0, {}, 143],
  ["SIGTERM", "interrupted", 0, { stoppedBy: "SIGTERM" }, 143],
  ["a closed terminal", "interrupted", 0, { stoppedBy: "SIGHUP" }, 129],
  ["nothing to do", "no_jobs", 0, {}, 4],
  ["nothing to do, and that is fine", "no_jobs", 0, { allowEmpty: true }, 0],
  ["no account", "no_accounts", 0, { allowEmpty: true }, 4],
];
for (const [why, result, unconfirmed, more, code] of table) {
  test(`exit ${code}: ${why}`, () => assert.equal(exitCodeOf(result, { unconfirmed }, more), code));
}

test("every result has an exit code of the table, and words", () => {
  for (const result of FINAL_RESULTS) {
    const code = exitCodeOf(result, { unconfirmed: 0 });
    assert.ok(
      EXIT_CODES.some((row) => row.code === code),
      result,
    );
    assert.match(exitWords(code), /^\d+ \([a-z_/ ]+\): ./);
  }
});

/** What comes of these signals; `hear`: from here on somebody listens. */
function stopsOf(...signals: (StopSignal | "SIGUSR2" | "hear")[]): string[] {
  const process = new EventEmitter();
  const seen: string[] = [];
  const stops = signalStops(process, {
    onUnheard: (by) => seen.push(`${by} unheard`),
    giveUp: (by) => seen.push(`gave up ${by}`),
  });
  for (const signal of signals) {
    if (signal === "hear") stops.onStop((by, stage) => seen.push(`${by} ${stage}`));
    else process.emit(signal);
  }
  assert.ok(stops.asked.aborted);
  return seen;
}

const SIGNALS: [why: string, signals: Parameters<typeof stopsOf>, seen: string[]][] = [
  [
    "the first stops in order, the second now, the third gives up",
    ["hear", "SIGINT", "SIGTERM", "SIGINT"],
    ["SIGINT 1", "SIGTERM 2", "gave up SIGINT"],
  ],
  [
    "before anybody listens the first is told, the second ends at once",
    ["SIGTERM", "SIGTERM"],
    ["SIGTERM unheard", "gave up SIGTERM"],
  ],
  [
    "a late listener is told, and the next one is the second",
    ["SIGINT", "hear", "SIGINT"],
    ["SIGINT unheard", "SIGINT 1", "SIGINT 2"],
  ],
  ["a terminal that closes is one stop, however often it says so", ["hear", "SIGHUP", "SIGHUP"], ["SIGHUP 1"]],
  ["a window that is closed on a stop under way hurries nothing", ["hear", "SIGINT", "SIGHUP"], ["SIGINT 1"]],
  ["a Ctrl+C after a closed terminal does", ["hear", "SIGHUP", "SIGINT"], ["SIGHUP 1", "SIGINT 2"]],
  ["a SIGTERM that the launcher got too is one stop", ["hear", "SIGTERM", "SIGUSR2"], ["SIGTERM 1"]],
  ["whichever comes first", ["hear", "SIGUSR2", "SIGTERM"], ["SIGTERM 1"]],
  ["one that only the launcher got counts", ["hear", "SIGUSR2", "SIGUSR2"], ["SIGTERM 1", "SIGTERM 2"]],
];
for (const [why, signals, seen] of SIGNALS) test(why, () => assert.deepEqual(stopsOf(...signals), seen));

test("an AbortSignal stops in order, also one that fired before", () => {
  for (const isLate of [true, false]) {
    const abort = new AbortController();
    if (isLate) abort.abort();
    const seen: unknown[] = [];
    abortStops(abort.signal).onStop((by, stage) => seen.push([by, stage]));
    abort.abort();
    assert.deepEqual(seen, [["SIGTERM", 1]]);
  }
});

/** A terminal with a person who gives this answer. */
function person(answer: string | null, isInteractive = true): Terminal & { said: string[] } {
  const said: string[] = [];
  const ask = async (question: string) => {
    said.push(question);
    return answer;
  };
  async function* lines() {}
  return { said, ask, lines, out: () => {}, err: (text) => said.push(text), isInteractive, color: false, utf8: true };
}
const mild: Question = { what: "hold 2 jobs" };
const severe: Question = { what: "mark j1", typed: "ana" };
const may = { yes: false, input: true };

test("on a terminal a change is asked for: Enter and yes go on, anything else does not", async () => {
  for (const [answer, goesOn] of [
    ["", true],
    ["y", true],
    ["YES", true],
    ["n", false],
    ["what?", false],
    [null, false],
  ] as const) {
    assert.equal(await confirm(person(answer), mild, may), goesOn, String(answer));
  }
});

test("a severe change asks for the word itself", async () => {
  for (const [answer, goesOn] of [
    ["ana", true],
    ["y", false],
    ["", false],
    [null, false],
  ] as const) {
    assert.equal(await confirm(person(answer), severe, may), goesOn, String(answer));
  }
});

test("without a terminal, or with --no-input, only a severe change needs --yes", async () => {
  for (const [terminal, allowed] of [
    [person("n", false), may],
    [person("n"), { ...may, input: false }],
  ] as const) {
    assert.equal(await confirm(terminal, mild, allowed), true);
    await assert.rejects(confirm(terminal, severe, allowed), /--yes: needed to mark j1 without a terminal/);
    assert.equal(await confirm(terminal, severe, { ...allowed, yes: true }), true);
    assert.deepEqual(terminal.said, []);
  }
});
