import assert from "node:assert/strict";
import test from "node:test";
import { JumpingClock } from "../../test/rig/run-rig.ts";
import type { RunEvent } from "../core/events.ts";
import { minutes, seconds } from "../core/ids.ts";
import { providerFault } from "../devices/devices.ts";
import { ProviderOutage } from "./provider-outage.ts";

const { error: down } = providerFault("try_again", "provider_unreachable", "POST /start: ECONNRESET");
const { error: slow } = providerFault("try_again", "rate_limited", "too many requests", seconds(40));

function world() {
  const clock = new JumpingClock();
  const told: RunEvent[] = [];
  const fixed = { provider: "geelark", ids: ["p1", "p2"], patienceMs: minutes(30) };
  const outage = new ProviderOutage({ clock, ...fixed, onEvent: (event) => told.push(event) });
  return { clock, told, outage };
}

test("an outage is told once, probed ever less often, and told when it is over", () => {
  const { clock, told, outage } = world();
  const began = clock.now();
  const waits: number[] = [];
  for (let n = 0; n < 6; n++) {
    for (let worker = 0; worker < 5; worker++) assert.equal(outage.failed(down), "wait");
    const until = outage.closedUntil ?? 0;
    waits.push((until - clock.now()) / 1000);
    clock.pass(until - clock.now());
    assert.equal(outage.closedUntil, null);
  }
  assert.deepEqual(waits, [5, 10, 20, 40, 60, 60]);
  outage.answered();
  outage.answered();
  const cause = "provider_unreachable";
  const probe_at = new Date(began + 5000).toISOString();
  const more = { provider: "geelark", message: down.message };
  assert.deepEqual(told, [
    { type: "outage.opened", cause, devices: 2, attempts: 0, probe_at, ...more },
    { type: "outage.closed", cause, probes: 6, duration_ms: 195_000, provider: "geelark" },
  ]);
});

test("a provider that names a time is asked then; one that names more than the run's patience halts it", () => {
  const { clock, outage } = world();
  assert.equal(outage.failed(slow), "wait");
  assert.equal((outage.closedUntil ?? 0) - clock.now(), 40_000);
  const { error: locked } = providerFault("try_again", "rate_limited", "locked", minutes(120));
  assert.equal(outage.failed(locked), "halt");
});

test("an outage that outlives its patience halts the run", () => {
  const { clock, outage } = world();
  let answer = outage.failed(down);
  for (let n = 0; n < 100 && answer === "wait"; n++) {
    clock.pass((outage.closedUntil ?? clock.now()) - clock.now());
    answer = outage.failed(down);
  }
  assert.equal(answer, "halt");
  assert.ok(clock.now() >= world().clock.now() + minutes(29));
});
