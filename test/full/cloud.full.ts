// A large fleet in the cloud, with everything that goes wrong there; what grouping saves; two campaigns and a stranger on one account.
// The stand-in's time goes ten times as fast as ours: its minutes are six seconds. Believed is its log, and the platform's.
import assert from "node:assert/strict";
import test from "node:test";
import type { EventLine } from "../../src/core/events.ts";
import { CloudWorld, POSTER, TOKEN } from "../device/cloud-world.ts";
import { type Ended, type Running, until } from "../e2e/world.ts";

const SCALE = 10;
const env = { GEELARK_TOKEN: TOKEN };
/** A start of 20 s, adb after 3 s, a look every 3 s, a minute of idling: as the provider's documents have it, at the scale. */
const CLOUD = { speed: SCALE, startMs: 20_000, adbMs: 3_000, config: ["idle: 6s"], longestMs: 45 * 60_000 };

/** Waits until so many posts are out, for as long as the run goes on. */
async function reaches(world: CloudWorld, count: number, running: Running): Promise<void> {
  const over = new AbortController();
  running.end.then(
    () => over.abort(),
    () => over.abort(),
  );
  while (posts(world) < count && !over.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 100));
}

const posts = (world: CloudWorld) => world.posted().length;
const of = <T extends EventLine["type"]>({ events }: Ended, type: T) =>
  events.filter((e): e is Extract<EventLine, { type: T }> => e.type === type);

test("200 posts over 30 phones, with storms, failing starts, an outage and phones that do not stop", async (t) => {
  const world = await new CloudWorld(t, { ...CLOUD, phones: 30, accountsPerPhone: 4, jobs: 200 }).built();
  const phones = world.server.phones.all();
  for (const [i, { faults }] of phones.entries()) {
    if (i % 6 === 1) faults.startCodes = [43_020, 43_029];
    if (i % 6 === 2) faults.ignoresStops = 4;
  }
  const watched = phones[29];
  if (watched === undefined) throw new Error("thirty phones were asked for");
  watched.faults.isWatched = true; // a person is on it: it can't be stopped
  const flags = "--workers 8 --max-phones 10 --max-passes 6 --retry-delay 2 --infra-retry-limit 6".split(" ");
  const began = performance.now();
  const running = world.cloud("jobs.jsonl", ...flags);
  await reaches(world, 20, running);
  world.server.faults.storm = { left: 30, code: "429", retryAfterS: 3 };
  await reaches(world, 60, running);
  world.server.faults.outage = { until: world.server.now() + 10 * 60_000, how: "503" };
  await reaches(world, 120, running);
  world.server.faults.storm = { left: 5, code: 40_007, retryAfterS: null };
  const ended = await running.end;
  const { requests, busiestMinute, starts, totalMinutes, stillOn } = world.cost();
  const ours = (performance.now() - began) / 1000;
  const theirMinutes = (ours * SCALE) / 60;
  const failed = of(ended, "attempt.finished").filter((e) => e.outcome !== "posted");
  const figures = {
    posts: posts(world),
    twice: posts(world) - new Set(world.posted()).size,
    seconds: Math.round(ours),
    passes: ended.final?.pass_count,
    requests,
    requests_a_minute: Number((requests / theirMinutes).toFixed(1)),
    busiest_minute_of_one_call: busiestMinute,
    starts,
    minutes: Number(totalMinutes.toFixed(1)),
    minutes_a_post: Number((totalMinutes / 200).toFixed(2)),
    failed_attempts: failed.length,
    outages: of(ended, "outage.closed").map((e) => `${e.cause} ${Math.round((e.duration_ms * SCALE) / 60_000)} min`),
    still_on: stillOn.length,
  };
  console.log(`cloud: ${JSON.stringify(figures)}`);
  assert.deepEqual([figures.posts, figures.twice], [200, 0], ended.err.slice(-500));
  assert.equal(ended.final.final_result, "all_complete", ended.err.slice(-500));
  assert.ok(busiestMinute <= 200, "the provider's limit is kept");
  assert.ok(of(ended, "outage.opened").some((e) => e.provider === "geelark"));
  assert.deepEqual(stillOn, [watched.id], "only the one that a person is on");
  watched.faults.isWatched = false;
  await world.run(["sweep", "--yes"], { env });
  assert.deepEqual(world.cost().stillOn, []);
});

test("what grouping saves: the same jobs in one run, and each with a start of its own", async (t) => {
  const size = { ...CLOUD, phones: 4, accountsPerPhone: 3, jobs: 12 };
  const grouped = await new CloudWorld(t, size).built();
  grouped.assertHome(await grouped.cloud("jobs.jsonl", "--workers", "2").end);
  const single = await new CloudWorld(t, size).built();
  for (let n = 1; n <= 12; n++) {
    single.jobFile(`only-${n}.jsonl`, [{ id: `j${n}`, account: `acct${n}` }]);
    await single.cloud(`only-${n}.jsonl`, "--workers", "1").end;
  }
  const cost = ({ cost }: { cost: ReturnType<CloudWorld["cost"]> }) => ({
    starts: cost.starts,
    minutes: Number(cost.totalMinutes.toFixed(1)),
    requests: cost.requests,
  });
  const [a, b] = [cost({ cost: grouped.cost() }), cost({ cost: single.cost() })];
  console.log(`grouping: 12 posts, 4 phones: with ${JSON.stringify(a)}, without ${JSON.stringify(b)}`);
  assert.deepEqual([posts(grouped), posts(single), a.starts, b.starts], [12, 12, 4, 12]);
  assert.ok(a.minutes < b.minutes);
});

test("two campaigns and a stranger on one account: no stranger's phone is touched, no phone is used by two", async (t) => {
  const world = await new CloudWorld(t, { ...CLOUD, phones: 6, accountsPerPhone: 2, jobs: 0 }).built();
  const strangers = [91, 92].map((n) => world.server.addPhone(n).id);
  for (const id of strangers) world.server.phones.start(id, "person");
  const before = world.server.log.length;
  // accounts 1 to 8 are on phones 1 to 4, 5 to 12 on phones 3 to 6
  for (const [name, from] of [
    ["a", 1],
    ["b", 5],
  ] as const) {
    const rows = Array.from({ length: 16 }, (_, i) => ({ id: `${name}${i}`, account: `acct${from + (i % 8)}` }));
    world.jobFile(`${name}.jsonl`, rows);
  }
  const both = ["a", "b"].map((name) => world.cloud(`${name}.jsonl`, "--campaign", name, "--workers", "3").end);
  const ended = await Promise.all(both);
  for (const { final, err } of ended) assert.equal(final.final_result, "all_complete", err);
  assert.deepEqual([posts(world), new Set(world.posted()).size], [32, 32]);
  const touched = world.server.log.slice(before).filter((e) => e.at !== "request" && strangers.includes(e.phone));
  const shared = ended.map((e) => of(e, "attempt.finished").flatMap(({ device }) => device ?? []));
  const used = shared.map((devices) => [...new Set(devices)].toSorted());
  console.log(`two campaigns: ${JSON.stringify({ used, overlaps: overlaps(ended), touched: touched.length })}`);
  assert.deepEqual([touched, overlaps(ended)], [[], []]);
  assert.deepEqual(world.cost().stillOn, []);
  assert.deepEqual(
    strangers.map((id) => world.server.phones.status(id) < 2),
    [true, true],
  );
});

type Span = { device: string; from: string; to: string };

/** Phones that both had between their start and their stop. */
function overlaps(ended: readonly Ended[]): string[] {
  const [a = [], b = []] = ended.map(spansOf);
  return a.flatMap((x) =>
    b.filter((y) => x.device === y.device && x.from < y.to && y.from < x.to).map((y) => y.device),
  );
}

function spansOf(ended: Ended): Span[] {
  const open = new Map<string, string>();
  const spans: Span[] = [];
  for (const e of ended.events) {
    if (e.type === "device.started") open.set(e.device, e.ts);
    const from = e.type === "device.stopped" ? open.get(e.device) : undefined;
    if (e.type === "device.stopped" && from !== undefined) spans.push({ device: e.device, from, to: e.ts });
  }
  return spans;
}

test("a repair beside a run that is killed: the run puts its phone back and posts from it", async (t) => {
  const world = await new CloudWorld(t, { phones: 2, accountsPerPhone: 1, jobs: 12 }).built();
  await world.run(["import", "jobs.jsonl"]);
  await world.run(["accounts", "hold", "acct1", "--reason", "asks for a code"]);
  const repair = world.repair("acct1", "--wait", "10m");
  await repair.event("repair.ready" as never);
  const slow = `sleep 2; exec ${POSTER}`;
  const running = world.cloud("--workers", "1", "--exec", slow);
  await running.event("attempt.started");
  await repair.killHard();
  const [first] = world.server.phones.all();
  await until(
    "the run to stop the repair's phone",
    () => first !== undefined && world.server.phones.status(first.id) === 2,
  );
  await world.run(["accounts", "release", "acct1"]);
  const ended = await running.end;
  world.assertHome(ended);
});

test("phone minutes that are used up end the run before another phone is started", async (t) => {
  const world = await new CloudWorld(t, { phones: 8, accountsPerPhone: 1, jobs: 8, speed: 600 }).built();
  const flags = "--workers 1 --max-phone-minutes 0.1 --retry-delay 0".split(" ");
  const ended = await world.cloud("jobs.jsonl", ...flags).end;
  assert.equal(ended.final.final_result, "halted", ended.err);
  assert.deepEqual(world.cost().stillOn, []);
});
