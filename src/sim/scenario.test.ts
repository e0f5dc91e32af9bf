import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { judge } from "../core/classify.ts";
import { chance, decideSimulated, type SimulatedTry } from "./scenario.ts";
import { allOk, parseScenario } from "./scenario-file.ts";

const scenarioOf = (text: string) => {
  const parsed = parseScenario(text, "s.yaml");
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.error);
  return parsed.value;
};
const a: SimulatedTry = { job: "j1", account: "anna", device: "d1", pass: 1, tried: 0, nth: 1, elapsedMs: 0 };

const full = `
jobs: {j1: [fail, silent-ok]}
accounts: {anna: {outcome: refused, category: account, cause: suspended}}
devices: {d1: hang}
passes: {2: [crash]}
default: [unconfirmed, ok]
`;
const table: [why: string, attempt: Partial<SimulatedTry>, want: string][] = [
  ["the job's own script comes first", {}, "fail"],
  ["its second try has its own outcome", { tried: 1 }, "silent_ok"],
  ["the last one repeats", { tried: 9 }, "silent_ok"],
  ["then the account's", { job: "j2" }, "refused"],
  ["then the device's", { job: "j2", account: "b" }, "hang"],
  ["then the pass's", { job: "j2", account: "b", device: null, pass: 2 }, "crash"],
  ["then the default", { job: "j2", account: "b", device: null }, "unconfirmed"],
  ["the default is a script too", { job: "j2", account: "b", device: null, tried: 3 }, "ok"],
  [
    "a name of JavaScript's is a name like any other",
    { job: "constructor", account: "b", device: null },
    "unconfirmed",
  ],
];
for (const [why, attempt, want] of table) {
  test(`a simulated attempt: ${why}`, () => {
    assert.equal(decideSimulated(scenarioOf(full), 1, { ...a, ...attempt }).outcome, want);
  });
}

test("without a scenario all jobs succeed", () => {
  void fc.assert(
    fc.property(
      fc.string(),
      fc.nat(20),
      (job, tried) => decideSimulated(allOk(), 1, { ...a, job, tried }).outcome === "ok",
    ),
  );
});

test("chance depends on seed, job and try alone, and keeps its rate", () => {
  const scenario = scenarioOf("rates: [{chance: 0.2, outcome: fail, message: m}, {chance: 0.1, outcome: crash}]");
  const outcomes = (seed: number) =>
    Array.from({ length: 2000 }, (_, i) => decideSimulated(scenario, seed, { ...a, job: `job-${i}` }).outcome);
  assert.deepEqual(outcomes(7), outcomes(7));
  assert.notDeepEqual(outcomes(7), outcomes(8));
  const share = (name: string) => outcomes(7).filter((o) => o === name).length / 2000;
  assert.ok(Math.abs(share("fail") - 0.2) < 0.03, `${share("fail")}`);
  assert.ok(Math.abs(share("crash") - 0.1) < 0.03, `${share("crash")}`);
  void fc.assert(fc.property(fc.string(), (text) => chance(text) >= 0 && chance(text) < 1));
});

test("a chance drawn per account is the same for all its jobs and tries; per job for all its tries", () => {
  const scenario = scenarioOf(
    "rates: [{chance: 0.3, per: account, outcome: fail}, {chance: 0.3, per: job, outcome: refused}]",
  );
  const outcome = (attempt: Partial<SimulatedTry>) => decideSimulated(scenario, 3, { ...a, ...attempt }).outcome;
  const accounts = Array.from({ length: 50 }, (_, i) => `acct-${i}`);
  for (const account of accounts) {
    const isOut = outcome({ account, job: "x" }) === "fail";
    for (const job of ["y", "z"]) assert.equal(outcome({ account, job, tried: 1 }) === "fail", isOut);
  }
  assert.ok(accounts.some((account) => outcome({ account }) === "fail"));
  assert.equal(outcome({ account: "acct-1", tried: 0 }), outcome({ account: "acct-1", tried: 5 }));
});

const outages: [why: string, text: string, attempt: Partial<SimulatedTry>, want: string][] = [
  ["in its seconds all fail", "{from_s: 1, to_s: 3}", { elapsedMs: 1000 }, "fail"],
  ["not before", "{from_s: 1, to_s: 3}", { elapsedMs: 999 }, "ok"],
  ["its end is not in it", "{from_s: 1, to_s: 3}", { elapsedMs: 3000 }, "ok"],
  ["without an end it stays", "{from_s: 1}", { elapsedMs: 1e9 }, "fail"],
  ["counted in attempts", "{from_attempt: 2, to_attempt: 3}", { nth: 2 }, "fail"],
  ["the last attempt is in it", "{from_attempt: 2, to_attempt: 3}", { nth: 3 }, "fail"],
  ["after it all is well", "{from_attempt: 2, to_attempt: 3}", { nth: 4 }, "ok"],
  ["the second of two", "[{to_s: 1}, {from_s: 5, to_s: 6}]", { elapsedMs: 5500 }, "fail"],
];
for (const [why, text, attempt, want] of outages) {
  test(`an outage: ${why}`, () => {
    const scenario = scenarioOf(`outage: ${text}\njobs: {j1: ok}`);
    assert.equal(decideSimulated(scenario, 1, { ...a, ...attempt }).outcome, want);
  });
}

test("all attempts in an outage fail with one cause of the infrastructure", () => {
  const scenario = scenarioOf("outage: {from_attempt: 1}");
  const fails = ["j1", "j2", "j3"].map((job) => decideSimulated(scenario, 1, { ...a, job }));
  assert.equal(new Set(fails.map((f) => JSON.stringify(f))).size, 1);
  const { message, step } = fails[0] ?? assert.fail();
  assert.equal(judge({ message, step, exit: 1 }).category, "infrastructure");
});

const mistakes: [text: string, want: RegExp][] = [
  ["delay_ms: 1\nsinck: x", /^s\.yaml:2: scenario: unknown key "sinck"; did you mean sink\? allowed: delay_ms, sink, /],
  [
    "jobs:\n  a:\n    - {outcome: ok, mesage: x}",
    /^s\.yaml:3: jobs\.a\.0: unknown key "mesage"; did you mean message\? allowed: outcome, message/,
  ],
  ["jobs:\n  a:\n    - outcome: ok\n      mesage: x", /^s\.yaml:4: jobs\.a\.0: unknown key "mesage"/],
  ["passes:\n  1: {outcom: ok}", /^s\.yaml:2: passes\.1: /],
  ["passes:\n  1:\n    outcome: fail\n    bogus: 1", /^s\.yaml:4: passes\.1: unknown key "bogus"; allowed: /],
  [
    "rates:\n  - {chance: 0.1, outcome: fail}\n  - {chanse: 0.1, chance: 1, outcome: fail}",
    /^s\.yaml:3: rates\.1: unknown key "chanse"; did you mean chance\?/,
  ],
  ["rates: {chance: 2, outcome: fail}", /^s\.yaml:1: rates\.chance: /],
  ["feed: {afer_ms: 1}", /^s\.yaml:1: feed: unknown key "afer_ms"; did you mean after_ms\? allowed: after_ms, shows$/],
  ["\noutage: {from: 1}", /^s\.yaml:2: outage: unknown key "from"; .*from_s/],
  ["outage: {from_s: 1, to_attempt: 3}", /^s\.yaml:1: outage: needs from_s and to_s .* not both$/],
  ["outage: {message: down}", /^s\.yaml:1: outage: needs from_s/],
  ["default: crashed", /^s\.yaml:1: default: unknown outcome "crashed"; did you mean crash\? known: ok, /],
  ["jobs: {a: {message: x}}", /^s\.yaml:1: jobs\.a: an outcome is missing; known: ok, /],
  ["delay_ms: -1", /^s\.yaml:1: delay_ms: /],
  ["jobs: [", /^s\.yaml:\d: not valid YAML: /],
  ["- 1", /^s\.yaml:1: scenario: not a map .* --simulate after it$/],
  ["account,media\nana,x.mp4", /^s\.yaml:1: scenario: not a map/],
];
for (const [text, want] of mistakes) {
  test(`a mistake in a scenario is told in one line: ${JSON.stringify(text)}`, () => {
    const parsed = parseScenario(text, "s.yaml");
    assert.ok(!parsed.ok);
    assert.match(parsed.error, want);
    assert.ok(!parsed.error.includes("\n"), parsed.error);
  });
}
