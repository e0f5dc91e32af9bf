import assert from "node:assert/strict";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { attemptId, instant } from "../../core/ids.ts";
import { mayBePublished } from "../../core/may-be-published.ts";
import { NOTHING_SPENT } from "../../core/retry.ts";
import { settleEnd } from "../../core/settle-end.ts";
import { parseScenario } from "../../sim/scenario-file.ts";
import { aTask, hooksOf, posterContract, tempFolder } from "../posters.contract.ts";
import { runBegan } from "./run-began.ts";
import { createSimulatedPoster, openSimulatedPoster } from "./simulated-poster.ts";

const never = new AbortController().signal;

const postsIn = (sink: string) =>
  existsSync(sink)
    ? readFileSync(sink, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => (JSON.parse(line) as { job: string }).job)
    : [];

function poster(text: string, folder: string, crash = () => {}) {
  const scenario = parseScenario(text, "s.yaml");
  assert.ok(scenario.ok, scenario.ok ? "" : scenario.error);
  return createSimulatedPoster({
    scenario: scenario.value,
    seed: 1,
    sink: join(folder, "posts.jsonl"),
    beganMs: 0,
    crash,
  });
}

posterContract("simulated", async (act, folder) => {
  const words = { fail: "message: device offline", refused: "category: content, message: too long" };
  const extra = act === "fail" || act === "refused" ? `, ${words[act]}` : "";
  const text = act === "cannot-tell" ? "looks: cannot_tell" : `default: {outcome: ${act}${extra}}`;
  return { poster: poster(text, folder), posts: () => postsIn(join(folder, "posts.jsonl")) };
});

test("a crash after the intent comes when the post is already out", async (t) => {
  const folder = tempFolder(t);
  const atCrash: string[][] = [];
  const crash = () => void atCrash.push(postsIn(join(folder, "posts.jsonl")));
  const end = await poster("default: crash_after_intent", folder, crash).post(
    aTask(folder),
    hooksOf({ go: true }),
    never,
  );
  assert.deepEqual(atCrash, [["job-1"]]);
  assert.equal(end.gotGo, true);
});

test("a scenario's sink lies beside the scenario", async (t) => {
  const folder = tempFolder(t);
  writeFileSync(join(folder, "s.yaml"), "sink: out/here.jsonl\n");
  const from = { scenarioFile: join(folder, "s.yaml"), seed: 1, sink: join(folder, "other") };
  const opened = await openSimulatedPoster(from);
  await opened.post(aTask(folder), hooksOf({ go: true }), never);
  assert.deepEqual(postsIn(join(folder, "out/here.jsonl")), ["job-1"]);
});

test("a scenario that can't be read rejects with one line", async (t) => {
  const file = join(tempFolder(t), "s.yaml");
  writeFileSync(file, "jobs:\n  a: [crashed]\n");
  await assert.rejects(openSimulatedPoster({ scenarioFile: file, seed: 1, sink: "x" }), (e: Error) => {
    assert.match(e.message, /s\.yaml:2: jobs\.a\.0: unknown outcome "crashed"; did you mean crash\?/);
    assert.ok(!e.message.includes("\n"));
    return true;
  });
});

const look = (text: string, folder: string) => poster(text, folder).look(aTask(folder), hooksOf(), never);
const shows: [why: string, text: string, want: string][] = [
  ["a slow feed does not show the post yet", "feed: {after_ms: 60000}\ndefault: unconfirmed", "absent"],
  ["it may show an upload instead", "feed: {after_ms: 60000, shows: pending}\ndefault: unconfirmed", "pending_upload"],
  ["an outcome may be slower than the feed", "default: {outcome: unconfirmed, feed_after_ms: 60000}", "absent"],
  ["and quicker", "feed: {after_ms: 60000}\ndefault: {outcome: unconfirmed, feed_after_ms: 0}", "posted"],
  ["an upload that goes on is seen as one", "default: upload_goes_on", "pending_upload"],
  ["and is a post in the end", "default: {outcome: upload_goes_on, feed_after_ms: 0}", "posted"],
];
for (const [why, text, want] of shows) {
  test(`a simulated look: ${why}`, async (t) => {
    const folder = tempFolder(t);
    const end = await poster(text, folder).post(aTask(folder), hooksOf({ go: true }), never);
    assert.deepEqual([end.gotGo, end.said, postsIn(join(folder, "posts.jsonl"))], [true, null, ["job-1"]]);
    assert.equal(await look(text, folder), want);
  });
}

test("a simulated look: posts of another run and half a line do not count", async (t) => {
  const folder = tempFolder(t);
  await poster("default: ok", folder).post(
    { ...aTask(folder), attempt: attemptId("run-0.7") },
    hooksOf({ go: true }),
    never,
  );
  appendFileSync(join(folder, "posts.jsonl"), '{"job":"job-1","acc');
  assert.equal(await look("default: ok", folder), "absent");
});

test("a rate limit says how long to wait, and is judged as one", async (t) => {
  const folder = tempFolder(t);
  const end = await poster("default: {outcome: rate_limited, retry_after_s: 7}", folder).post(
    aTask(folder),
    hooksOf(),
    never,
  );
  const { settlement } = settleEnd({
    reached: "before",
    end,
    spent: NOTHING_SPENT,
    now: instant(0),
    cancelledAs: "stopped",
  });
  assert.deepEqual([settlement.job, settlement.charge], [{ state: "waiting", until: 7000 }, "rateLimits"]);
});

test("the words of an upload that goes on make even a failure before the tap unconfirmed", async (t) => {
  const folder = tempFolder(t);
  const end = await poster("default: upload_goes_on", folder).post(aTask(folder), hooksOf({ go: true }), never);
  assert.ok(mayBePublished({ message: end.stderrTail }, "unknown"));
});

test("a built-in scenario is acted out by its name, an outage by the number of the attempt", async (t) => {
  const folder = tempFolder(t);
  const opened = await openSimulatedPoster({ scenarioFile: "outage", seed: 1, sink: join(folder, "posts.jsonl") });
  const ends = [4, 5, 10, 11].map((n) =>
    opened.post({ ...aTask(folder), attempt: attemptId(`r.${n}`) }, hooksOf({ go: true }), never),
  );
  const said = (await Promise.all(ends)).map((end) => end.said?.type ?? end.stderrTail);
  const down = "HTTP 503 from the provider: service unavailable";
  assert.deepEqual(said, ["posted", down, down, "posted"]);
});

test("all workers of a run agree on when it began", (t) => {
  const folder = tempFolder(t);
  assert.deepEqual([runBegan(folder, 5), runBegan(folder, 9)], [5, 5]);
});
