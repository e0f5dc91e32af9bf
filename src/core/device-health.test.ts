import assert from "node:assert/strict";
import test from "node:test";
import {
  ALL_WELL,
  afterEnd,
  type DeviceEnd,
  type FleetHealth,
  type FleetNews,
  healthOf,
  putBack,
  restored,
} from "./device-health.ts";
import { type Instant, instant, minutes } from "./ids.ts";

const at = (min: number): Instant => instant(1_000_000_000 + min * 60_000);

/** `d1/ana:offline@3`: ana's post on phone d1 failed of offline in minute 3. `:ok` posted, `:content` failed otherwise. */
function end(text: string): DeviceEnd {
  const [device = "", account = "", what = "", when = "0"] = text.split(/[/:@]/);
  const outcome: DeviceEnd["outcome"] =
    what === "ok" ? { type: "succeeded" } : what === "content" ? { type: "other" } : { type: "failed", cause: what };
  return { device, account, at: at(Number(when)), outcome };
}

function play(text: string, from = ALL_WELL): { fleet: FleetHealth; news: FleetNews[] } {
  let fleet = from;
  const news: FleetNews[] = [];
  for (const word of text.split(" ")) {
    const [next, said] = afterEnd(fleet, end(word));
    fleet = next;
    if (said.type !== "none") news.push(said);
  }
  return { fleet, news };
}
const isOut = (text: string) => healthOf(play(text).fleet, "d1").out !== null;

const table: [why: string, ends: string, out: boolean][] = [
  ["three in a row while another posts", "d1/a:x@0 d2/b:ok@1 d1/c:x@2 d1/d:x@3", true],
  ["two in a row", "d1/a:x@0 d2/b:ok@1 d1/c:x@2", false],
  ["nobody else posts: not this phone's fault", "d1/a:x@0 d2/b:x@1 d1/c:x@2 d1/d:x@3", false],
  ["others posted before its first failure only", "d2/b:ok@0 d1/a:x@1 d1/c:x@2 d1/d:x@3", false],
  ["the fourth failure, another having posted meanwhile", "d1/a:x@1 d1/c:x@2 d1/d:x@3 d2/b:ok@4 d1/e:x@5", true],
  ["a post of another within the last three", "d1/a:x@1 d1/c:x@2 d2/b:ok@3 d1/d:x@4", true],
  ["a post in between", "d1/a:x@0 d2/b:ok@1 d1/c:x@2 d1/d:ok@3 d1/e:x@4", false],
  ["a bad video in between: the phone did its part", "d1/a:x@0 d2/b:ok@1 d1/c:x@2 d1/d:content@3 d1/e:x@4", false],
  ["different causes are still this phone's", "d1/a:x@0 d2/b:ok@1 d1/c:y@2 d1/d:z@3", true],
  ["what follows an account over phones is not the phone's", "d2/a:x@0 d1/a:x@1 d3/b:ok@1 d1/c:x@2 d1/d:x@3", false],
];
for (const [why, ends, out] of table)
  test(`quarantine: ${why} -> ${out ? "out" : "stays in"}`, () => assert.equal(isOut(ends), out));

const BAD = "d1/a:x@0 d2/b:ok@1 d1/c:x@2 d1/d:x@3";

test("it is out for a quarter of an hour, then for one attempt back, doubling with each that fails", () => {
  let { fleet, news } = play(BAD);
  const outs: number[] = [];
  for (let round = 0; round < 7; round++) {
    const [said] = news;
    assert.ok(said?.type === "quarantined");
    outs.push((said.until - (healthOf(fleet, "d1").streak.at(-1)?.at ?? 0)) / minutes(1));
    assert.equal(said.times, round + 1);
    ({ fleet, news } = play(`d1/e${round}:x@${(said.until - at(0)) / minutes(1)}`, fleet));
  }
  assert.deepEqual(outs, [15, 30, 60, 120, 240, 480, 480]);
});

test("a probe that posts brings it back, with a clean record", () => {
  const { fleet, news } = play("d1/e:ok@20", play(BAD).fleet);
  assert.deepEqual(news, [{ type: "returned", device: "d1" }]);
  assert.equal(fleet.devices.size, 0);
});

test("another start knows what was left out, and for how long it was; a person puts it back", () => {
  const out = { since: at(0), until: at(30) };
  const [, news] = afterEnd(restored(ALL_WELL, "d1", out), end("d1/a:x@30"));
  assert.ok(news.type === "quarantined" && news.until === at(30 + 60), "after half an hour a whole one");
  const back = putBack(restored(ALL_WELL, "d1", out), "d1");
  assert.deepEqual(afterEnd(back, end("d1/a:x@30"))[1], { type: "none" });
});
