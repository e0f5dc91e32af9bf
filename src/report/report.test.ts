// The lines of a run without a terminal, over time.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { EventLine } from "../core/events.ts";
import { openRenderer } from "./report.ts";

const started: EventLine = { v: 1, ts: "", run: "r", type: "pass.started", pass: 1, max_passes: 3, total_jobs: 5 };

function linesOver(t: TestContext, name: "lines" | "json", loudness: "normal" | "quiet"): (seconds: number) => number {
  t.mock.timers.enable({ apis: ["setInterval", "Date"] });
  const said: string[] = [];
  const sinks = { stdout: () => {}, stderr: (text: string) => said.push(text) };
  const style = { utf8: true, color: false, prefix: "reprise", loudness, exitWords: String };
  const renderer = openRenderer(name, sinks, style);
  renderer.event(started);
  t.after(() => renderer.close());
  return (seconds) => {
    for (let i = 0; i < seconds; i++) t.mock.timers.tick(1000);
    return said.join("").match(/^still here: pass 1 of 3, 0 of 5 tried, 0 running$/gm)?.length ?? 0;
  };
}

test("a run that is silent says once a minute that it is still there", (t) => {
  const after = linesOver(t, "lines", "normal");
  assert.equal(after(55), 0);
  assert.equal(after(6), 1);
  assert.equal(after(50), 1);
  assert.equal(after(71), 3);
});

test("a quiet run and one for programs stay silent", (t) => {
  assert.equal(linesOver(t, "lines", "quiet")(600), 0);
  t.mock.timers.reset();
  assert.equal(linesOver(t, "json", "normal")(600), 0);
});
