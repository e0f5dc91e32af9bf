import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { attemptId, type Instant, instant, millis, minutes, seconds } from "./ids.ts";
import {
  afterAttempt,
  type Breaker,
  type BreakerNews,
  CLOSED,
  type Ended,
  mayClaim,
  type OutagePolicy,
  withCanary,
  withoutCanary,
} from "./outage.ts";

const policy = (devices: number): OutagePolicy => ({ probeMs: seconds(30), patienceMs: minutes(30), devices });
const at = (s: number): Instant => instant(1_000_000_000 + s * 1000);

/** `d1:provider_down@3`: an attempt on phone d1 that failed of provider_down at second 3; `d1:ok@3`: did not. */
function ended(text: string, i: number): Ended {
  const [device = "", what = "", when = "0"] = text.split(/[:@]/);
  return { attempt: attemptId(`a${i}`), at: at(Number(when)), device, failed: what === "ok" ? null : what };
}

function play(text: string, devices: number): { breaker: Breaker; news: BreakerNews[] } {
  let breaker: Breaker = CLOSED;
  const news: BreakerNews[] = [];
  text.split(" ").forEach((word, i) => {
    const [next, said] = afterAttempt(breaker, ended(word, i), policy(devices));
    breaker = next;
    if (said.type !== "none") news.push(said);
  });
  return { breaker, news };
}

const table: [why: string, devices: number, ends: string, opens: boolean][] = [
  ["five phones, one cause, one minute", 9, "a:x@0 b:x@5 c:x@9 d:x@20 e:x@59", true],
  ["four failures are not enough", 9, "a:x@0 b:x@5 c:x@9 d:x@20", false],
  ["five failures on four of nine phones", 9, "a:x@0 b:x@5 c:x@9 d:x@20 a:x@30", false],
  ["all phones, where there are three", 3, "a:x@0 b:x@5 c:x@9 a:x@20 b:x@30", true],
  ["two of three phones", 3, "a:x@0 b:x@5 a:x@9 a:x@20 b:x@30", false],
  ["one phone alone is never an outage", 1, "a:x@0 a:x@5 a:x@9 a:x@20 a:x@30 a:x@31", false],
  ["different causes", 9, "a:x@0 b:y@5 c:x@9 d:y@20 e:x@30 f:y@31", false],
  ["the oldest is out of the window", 9, "a:x@0 b:x@5 c:x@9 d:x@20 e:x@60", false],
  ["half went well since it began", 9, "a:x@0 f:ok@1 g:ok@1 h:ok@2 i:ok@3 f:ok@4 b:x@6 c:x@7 d:x@8 e:x@9", false],
  ["less than half went well since", 9, "a:x@0 f:ok@1 g:ok@1 h:ok@2 i:ok@3 b:x@6 c:x@7 d:x@8 e:x@9", true],
  [
    "what went well before counts for nothing",
    9,
    "f:ok@0 g:ok@1 h:ok@2 i:ok@3 f:ok@4 a:x@5 b:x@6 c:x@7 d:x@8 e:x@9",
    true,
  ],
];
for (const [why, devices, ends, opens] of table)
  test(`outage: ${why} -> ${opens ? "opens" : "stays closed"}`, () => {
    assert.equal(play(ends, devices).breaker.phase, opens ? "open" : "closed");
  });

test("what opened it is uncharged, whatever else failed in that minute is not", () => {
  const { news } = play("a:x@0 z:y@1 b:x@5 c:x@9 y:ok@10 d:x@20 e:x@30", 9);
  const uncharge = ["a0", "a2", "a3", "a5", "a6"].map(attemptId);
  assert.deepEqual(news, [{ type: "opened", cause: "x", devices: 5, attempts: 5, uncharge }]);
});

function opened(): Breaker {
  return play("a:x@0 b:x@0 c:x@0 d:x@0 e:x@0", 9).breaker;
}

test("while it is open, only the canary is claimed, after the pause", () => {
  const breaker = opened();
  assert.deepEqual(mayClaim(breaker, at(1), policy(9)), { next: "wait", until: at(30) });
  assert.deepEqual(mayClaim(breaker, at(30), policy(9)), { next: "probe" });
  const flying = withCanary(breaker, attemptId("canary"));
  assert.deepEqual(mayClaim(flying, at(31), policy(9)), { next: "wait", until: null });
});

test("a canary that posts closes it; so does one that fails for another's sake", () => {
  const flying = withCanary(opened(), attemptId("canary"));
  const [closed, news] = afterAttempt(flying, { ...ended("a:ok@40", 0), attempt: attemptId("canary") }, policy(9));
  assert.deepEqual(closed, CLOSED);
  assert.deepEqual(news, { type: "closed", cause: "x", durationMs: seconds(40), probes: 1 });
});

test("an attempt of before the outage closes nothing, however it ends", () => {
  const flying = withCanary(opened(), attemptId("canary"));
  assert.deepEqual(afterAttempt(flying, ended("a:ok@40", 7), policy(9)), [flying, { type: "none" }]);
});

test("each canary that fails doubles the pause, up to five minutes; then patience is over", () => {
  let breaker = opened();
  const pauses: number[] = [];
  let now = 30;
  for (;;) {
    const permit = mayClaim(breaker, at(now), policy(9));
    if (permit.next === "halt") break;
    assert.equal(permit.next, "probe");
    const canary = attemptId(`c${now}`);
    [breaker] = afterAttempt(withCanary(breaker, canary), { ...ended(`a:z@${now}`, 0), attempt: canary }, policy(9));
    const wait = mayClaim(breaker, at(now), policy(9));
    assert.ok(wait.next === "wait" && wait.until !== null);
    pauses.push((wait.until - at(now)) / 1000);
    now = (wait.until - at(0)) / 1000;
  }
  assert.deepEqual(pauses.slice(0, 6), [60, 120, 240, 300, 300, 300]);
  assert.equal(now, 30 * 60, "the last wait ends with the patience");
});

test("a canary that told nothing, or found no job, is sent again after the same pause", () => {
  const breaker = withoutCanary(withCanary(opened(), attemptId("c")), at(50));
  assert.deepEqual(mayClaim(breaker, at(50), policy(9)), { next: "wait", until: at(80) });
});

test("property: closed, it opens just when most attempts since the first failure of the last minute failed alike, on five phones", () => {
  const end = fc.record({ device: fc.nat(8), ok: fc.boolean(), gap: fc.nat(30) });
  fc.assert(
    fc.property(fc.array(end, { maxLength: 60 }), (ends) => {
      let breaker: Breaker = CLOSED;
      let now = 0;
      const all: Ended[] = [];
      for (const [i, e] of ends.entries()) {
        now += e.gap;
        const one = { attempt: attemptId(`a${i}`), at: at(now), device: `d${e.device}`, failed: e.ok ? null : "x" };
        all.push(one);
        const [next, news] = afterAttempt(breaker, one, policy(9));
        const recent = all.filter((o) => o.at > one.at - millis(60_000));
        const bad = recent.filter((o) => o.failed !== null);
        const since = recent.slice(recent.findIndex((o) => o.failed !== null));
        const should =
          !e.ok && bad.length >= 5 && new Set(bad.map((o) => o.device)).size >= 5 && bad.length * 2 > since.length;
        if (news.type !== "none" || should) return should && news.type === "opened";
        breaker = next;
      }
      return true;
    }),
  );
});
