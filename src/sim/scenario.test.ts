import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { chance, decideSimulated, type SimulatedTry } from "./scenario.ts";
import { allOk, parseScenario } from "./scenario-file.ts";

const scenarioOf = (text: string) => {
  const parsed = parseScenario(text, "s.yaml");
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.error);
  return parsed.value;
};
const a: SimulatedTry = { job: "j1", account: "anna", device: "d1", pass: 1, tried: 0 };

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

const mistakes: [text: string, want: RegExp][] = [
  ["sinck: x", /^s\.yaml:1: scenario: unknown key "sinck"; allowed: delay_ms, sink, /],
  [
    "jobs:\n  a:\n    - {outcome: ok, mesage: x}",
    /^s\.yaml:3: jobs\.a\.0: unknown key "mesage"; allowed: outcome, message/,
  ],
  ["delay_ms: -1", /^s\.yaml:1: delay_ms: /],
  ["jobs: [", /^s\.yaml:\d: not valid YAML: /],
  ["- 1", /^s\.yaml:1: scenario: /],
];
for (const [text, want] of mistakes) {
  test(`a mistake in a scenario is told in one line: ${JSON.stringify(text)}`, () => {
    const parsed = parseScenario(text, "s.yaml");
    assert.ok(!parsed.ok);
    assert.match(parsed.error, want);
    assert.ok(!parsed.error.includes("\n"), parsed.error);
  });
}
