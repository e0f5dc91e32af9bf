import assert from "node:assert/strict";
import { test } from "node:test";
import { type HealthFacts, healthOf } from "./health.ts";
import { instant, minutes } from "./ids.ts";

const now = instant(10_000_000);
const ago = (seconds: number) => instant(now - seconds * 1000);
const running: HealthFacts = { now, state: "running", inFlight: [], lastMoveAt: ago(5), waitUntil: null, next: null };

const table: [why: string, facts: Partial<HealthFacts>, healthy: boolean][] = [
  ["an attempt is running", { inFlight: [ago(500)], lastMoveAt: ago(500) }, true],
  ["an attempt is far over its time", { inFlight: [ago(1), ago(700)] }, false],
  ["between two attempts", { lastMoveAt: ago(30) }, true],
  ["jobs are ready and nobody takes them", { lastMoveAt: ago(90), next: "ready" }, false],
  ["only gaps to wait for", { lastMoveAt: ago(9000), next: "wait" }, true],
  ["nothing is left", { lastMoveAt: ago(90), next: "none" }, true],
  ["a long start", { state: "starting", lastMoveAt: ago(90), next: null }, false],
  ["the delay", { state: "waiting", lastMoveAt: ago(9000), waitUntil: ago(-500) }, true],
  ["a delay that does not end", { state: "waiting", waitUntil: ago(90) }, false],
  ["paused", { state: "paused", lastMoveAt: ago(9000), next: "ready" }, true],
  ["ended", { state: "ended", lastMoveAt: ago(9000) }, true],
];
for (const [why, facts, healthy] of table) {
  test(`a run is ${healthy ? "healthy" : "stuck"}: ${why}`, () =>
    assert.equal(healthOf({ ...running, ...facts }, minutes(10)).healthy, healthy));
}
