// What every poster must do, whatever it is made of.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import type { GoAnswer } from "../core/claim.ts";
import { attemptId, jobId, millis, passNo } from "../core/ids.ts";
import { PLAIN_JOB } from "../core/job.ts";
import type { PosterExit } from "../core/poster-end.ts";
import type { Poster, PosterHooks, PosterTask } from "./posters.ts";

/** What the poster under test is made to do. */
export type Act =
  | "ok"
  | "silent-ok"
  | "fail"
  | "refused"
  | "unconfirmed"
  | "hang"
  | "hang-after-intent"
  | "cannot-tell";

export type Rig = { poster: Poster; posts(): string[] };

export const aTask = (folder: string): PosterTask => ({
  attempt: attemptId("run-1.7"),
  pass: passNo(2),
  worker: 3,
  job: {
    ...PLAIN_JOB,
    id: jobId("job-1"),
    account: "anna",
    platform: "insta",
    media: "/nowhere/a.mp4",
    caption: "hello",
  },
  device: "phone-1",
  phone: { id: "phone-1", serial: "phone-1", adbPort: 5137, systemPort: 17_200 },
  tried: 0,
  timeoutMs: millis(10_000),
  evidenceDir: folder,
  baseline: null,
});

export type HeardHooks = PosterHooks & {
  heard: string[];
  answer(answer: GoAnswer): void;
  asked: Promise<string | null>;
};

/** Hooks that write down what they hear and answer when the test says so. */
export function hooksOf(at?: GoAnswer): HeardHooks {
  const heard: string[] = [];
  const asked = Promise.withResolvers<string | null>();
  const answer = Promise.withResolvers<GoAnswer>();
  if (at !== undefined) answer.resolve(at);
  return {
    heard,
    asked: asked.promise,
    answer: answer.resolve,
    started: () => heard.push("started"),
    spoke: () => heard.push("spoke"),
    step: (name) => heard.push(`step ${name}`),
    publishing(baseline) {
      heard.push("publishing");
      asked.resolve(baseline);
      return answer.promise;
    },
    log: (line) => heard.push(`log ${line}`),
    stuck: () => heard.push("stuck"),
  };
}

export function tempFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "reprise-poster-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const GO: GoAnswer = { go: true };
const never = new AbortController().signal;

/**
 * @param open  makes a poster that acts so; its posts can be counted from outside
 * @param canBeSilent  `false`: a poster of this kind speaks by nature
 */
export function posterContract(
  name: string,
  open: (act: Act, folder: string) => Promise<Rig>,
  { canBeSilent = true } = {},
): void {
  const contract = (title: string, act: Act, run: (rig: Rig, task: PosterTask, t: TestContext) => Promise<void>) =>
    test(`${name}: ${title}`, { timeout: 10_000 }, async (t) => {
      const folder = tempFolder(t);
      await run(await open(act, folder), aTask(folder), t);
    });

  contract("nothing is posted before the answer is go", "ok", async ({ poster, posts }, task) => {
    const hooks = hooksOf();
    const running = poster.post(task, hooks, never);
    await hooks.asked;
    await new Promise((resolve) => setTimeout(resolve, 30)); // time for a poster that would not wait
    assert.deepEqual(posts(), []);
    hooks.answer(GO);
    const end = await running;
    assert.deepEqual(posts(), [task.job.id]);
    assert.equal(end.gotGo, true);
    assert.equal(end.said?.type, "posted");
    assert.deepEqual(end.exit, { kind: "code", code: 0 });
    const words = hooks.heard.filter((h) => h !== "started");
    assert.deepEqual(words, ["spoke", "step opening", "publishing"]);
  });

  contract("without go nothing is posted, and the end says why", "ok", async ({ poster, posts }, task) => {
    const end = await poster.post(task, hooksOf({ go: false, reason: "duplicate" }), never);
    assert.deepEqual(posts(), []);
    assert.deepEqual([end.gotGo, end.noGo, end.said], [false, "duplicate", null]);
  });

  contract("a failure before publishing never asks", "fail", async ({ poster, posts }, task) => {
    const hooks = hooksOf(GO);
    const end = await poster.post(task, hooks, never);
    assert.ok(!hooks.heard.includes("publishing"));
    assert.deepEqual([end.spoke, end.gotGo, end.step, posts().length], [true, false, "opening", 0]);
    assert.match(end.stderrTail, /device offline/);
    assert.deepEqual(end.exit, { kind: "code", code: 1 });
  });

  contract("a refusal after the tap is told as the poster's own word", "refused", async ({ poster, posts }, task) => {
    const end = await poster.post(task, hooksOf(GO), never);
    assert.equal(end.said?.type === "not_posted" && end.said.category, "content");
    assert.deepEqual([end.gotGo, posts().length], [true, 0]);
  });

  contract("an end without proof after go says that go was given", "unconfirmed", async ({ poster, posts }, task) => {
    const end = await poster.post(task, hooksOf(GO), never);
    assert.deepEqual([end.gotGo, end.said, end.step, posts().length], [true, null, "publishing", 1]);
  });

  const silentContract = canBeSilent ? contract : () => undefined;
  void silentContract(
    "a silent poster is told as one that never spoke",
    "silent-ok",
    async ({ poster, posts }, task) => {
      const hooks = hooksOf(GO);
      const end = await poster.post(task, hooks, never);
      assert.deepEqual([end.spoke, end.gotGo, end.said, posts().length], [false, false, null, 1]);
      assert.ok(!hooks.heard.includes("spoke"));
    },
  );

  for (const act of ["hang", "hang-after-intent"] as const) {
    contract(`a poster that hangs is ended with the reason of the signal (${act})`, act, async ({ poster }, task) => {
      const over = new AbortController();
      const hooks = hooksOf(GO);
      const running = poster.post(task, hooks, over.signal);
      const reason: PosterExit = { kind: "timed_out", afterMs: millis(5) };
      setTimeout(() => over.abort(reason), 100);
      const end = await running;
      assert.deepEqual(end.exit, reason);
      assert.equal(end.gotGo, act === "hang-after-intent");
    });
  }

  contract("an attempt that is over before it starts posts nothing", "ok", async ({ poster, posts }, task) => {
    const over = new AbortController();
    over.abort({ kind: "cancelled" } satisfies PosterExit);
    const end = await poster.post(task, hooksOf(GO), over.signal);
    assert.deepEqual([end.exit.kind, posts().length], ["cancelled", 0]);
  });

  contract("a look tells the truth and posts nothing", "ok", async ({ poster, posts }, task) => {
    assert.equal(await poster.look(task, hooksOf(GO), never), "absent");
    assert.deepEqual(posts(), []);
    await poster.post(task, hooksOf(GO), never);
    assert.equal(await poster.look(task, hooksOf(GO), never), "posted");
    assert.deepEqual(posts(), [task.job.id]);
    const other = { ...task, job: { ...task.job, id: jobId("job-2") } };
    assert.equal(await poster.look(other, hooksOf(GO), never), "absent");
  });

  contract("a look that can't tell says so", "cannot-tell", async ({ poster }, task) => {
    assert.equal(await poster.look(task, hooksOf(GO), never), "cannot_tell");
  });
}
