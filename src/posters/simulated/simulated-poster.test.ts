import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { parseScenario } from "../../sim/scenario-file.ts";
import { aTask, hooksOf, posterContract, tempFolder } from "../posters.contract.ts";
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
  return createSimulatedPoster({ scenario: scenario.value, seed: 1, sink: join(folder, "posts.jsonl"), crash });
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
  writeFileSync(file, "jobs:\n  a: [fial]\n");
  await assert.rejects(openSimulatedPoster({ scenarioFile: file, seed: 1, sink: "x" }), (e: Error) => {
    assert.match(e.message, /s\.yaml:2: jobs\.a\.0\.outcome: /);
    assert.ok(!e.message.includes("\n"));
    return true;
  });
});
