// Who may be tried again, and who is left alone (3-semantics 3.3), through the real command.
import assert from "node:assert/strict";
import test from "node:test";
import { EXEC, has, jobs, once, World } from "./world.ts";

const MISSING_SDK = "fail Neither ANDROID_HOME nor ANDROID_SDK_ROOT environment variable was exported";

test("an account that can't post is held with its other jobs, until a person releases it", async (t) => {
  const w = new World(t, [...jobs(3, () => ({ account: "ann" })), { id: "b1", account: "ben" }], {
    j1: ["fail We suspended your account"],
  });
  const first = await w.go("--daily-limit", "0");
  assert.equal(first.code, 3);
  has(first.final, { final_result: "only_non_retryable", failed_account: 1, held: 2, success: 1, attempts: 2 });
  has(
    first.events.find((e) => e.type === "account.held"),
    { account: "ann", jobs_held: 2 },
  );
  const second = await w.again("--daily-limit", "0", "--retry-all-failed");
  has(second.final, { failed_account: 1, held: 2, attempts: 0 });
  const refused = await w.run(["jobs", "release", "j2", "--yes"]);
  assert.match(refused.err, /accounts? release|release the account/);
  const released = await w.run(["accounts", "release", "ann", "--yes"]);
  assert.equal(released.code, 0, released.err);
  const third = await w.again("--daily-limit", "0");
  has(third.final, { success: 3, failed_account: 1, held: 0, attempts: 2 });
  assert.deepEqual(w.posts().sort(), ["b1", "j2", "j3"]);
  assert.equal(w.tries("j1").length, 1, "the job that met it is not tried again by itself");
});

test("a block with a cooldown is not released early, but with --force", async (t) => {
  const w = new World(
    t,
    jobs(2, () => ({ account: "ann" })),
    {
      j1: ["publish + refuse account action_blocked Action blocked, try again later + exit 1"],
    },
  );
  const { final } = await w.go("--daily-limit", "0");
  has(final, { failed_account: 1, held: 1, unconfirmed: 0 });
  const early = await w.run(["accounts", "release", "ann", "--yes"]);
  assert.notEqual(early.code, 0);
  assert.match(early.err, /--force/);
  const forced = await w.run(["accounts", "release", "ann", "--force", "--yes"]);
  assert.equal(forced.code, 0, forced.err);
  has((await w.again("--daily-limit", "0")).final, { success: 1 });
});

test("a refused caption is the content's failure: never retried, and its account goes on", async (t) => {
  const w = new World(
    t,
    jobs(2, () => ({ account: "ann" })),
    {
      j1: ["publish + refuse content caption_too_long The caption is too long + exit 1"],
    },
  );
  const { code, final } = await w.go("--daily-limit", "0");
  assert.equal(code, 3);
  has(final, { failed_content: 1, success: 1, attempts: 2, pass_count: 1 });
});

test("media that is broken or missing is the content's failure, and no poster is started for it", async (t) => {
  const rows = [
    ...jobs(1),
    { id: "bad", account: "b", media: "bad.mp4" },
    { id: "gone", account: "c", media: "gone.mp4" },
  ];
  const w = new World(t, rows);
  w.write("bad.mp4", "not a video at all");
  const { code, final } = await w.go();
  assert.equal(code, 3);
  has(final, { success: 1, failed_content: 2, final_result: "only_non_retryable" });
  assert.deepEqual(
    w.tries().map((n) => n.job),
    ["j1"],
  );
});

test("a whole media folder that is missing is a setup failure, not a content failure of each job", async (t) => {
  const w = new World(
    t,
    jobs(5, (i) => ({ media: `unmounted/m${i}.mp4` })),
  );
  const { code, final } = await w.go();
  assert.equal(code, 7);
  has(final, { final_result: "halted", failed: 0, pending: 5 });
});

test("the second setup failure halts at once, burns nothing, and the next run goes on", async (t) => {
  const w = new World(t, jobs(12), { "*": [MISSING_SDK, "ok"] });
  const { code, final, events } = await w.go();
  assert.equal(code, 7);
  assert.ok(w.tries().length <= 3, `${w.tries().length} attempts`);
  has(final, { final_result: "halted", pending: 12, failed: 0 });
  assert.match(JSON.stringify(events.filter((e) => e.type === "warning")), /setup failure/);
  w.plan({});
  const { final: second } = await w.again("--infra-retry-limit", "0");
  has(second, { final_result: "all_complete", success: 12, pass_count: 1 });
});

test("a lone setup failure halts at the end of its pass, when all others are done", async (t) => {
  const w = new World(t, jobs(4), { j1: [MISSING_SDK, "ok"] });
  const { code, final } = await w.go("--workers", "1");
  assert.equal(code, 7);
  has(final, { final_result: "halted", success: 3, pending: 1, failed: 0, attempts: 4 });
  has((await w.again()).final, { final_result: "all_complete", success: 4 });
});

test("exit codes of a poster that say what went wrong are believed", async (t) => {
  const w = new World(t, jobs(3), { j1: ["exit 65"], j2: ["exit 69", "ok"], j3: ["exit 77"] });
  const { final } = await w.go();
  has(final, { failed_content: 1, failed_account: 1, success: 1, pass_count: 2 });
});

test("text that says the upload goes on makes a failure unconfirmed: it is looked at, not posted again", async (t) => {
  const w = new World(t, jobs(1), { j1: ["post + fail Sharing to Reels... Keep open to finish posting", "ok"] });
  const { code, final } = await w.go();
  assert.equal(code, 0);
  has(final, { success: 1, attempts: 1 });
  assert.ok(w.notes("looks").length > 0);
  once(w, ["j1"]);
});

test("a poster that says posted without asking is recorded as posted, and the run halts", async (t) => {
  const w = new World(t, jobs(4), { "*": ["post + posted + exit 0"] });
  const { code, final, events } = await w.go("--workers", "1");
  assert.equal(code, 7);
  has(final, { final_result: "halted", success: 1, pending: 3 });
  assert.match(JSON.stringify(events.filter((e) => e.type === "warning")), /without asking/);
  once(w, ["j1"]);
});

test("a silent poster: exit 0 is posted, a plain failure may be out and is never tried again", async (t) => {
  const w = new World(t, jobs(4), {
    j2: ["silent + post + exit 1"],
    j3: ["silent + exit 65"],
    "*": ["silent + post + exit 0"],
  });
  const flags = ["--json", "--retry-delay", "0", "--settle", "0", "--daily-limit", "0", "--exec", EXEC];
  const first = await w.run(["run", "jobs.jsonl", ...flags]);
  assert.equal(first.code, 6, first.err);
  has(first.final, { success: 2, unconfirmed: 1, failed_content: 1, attempts: 4 });
  const second = await w.run(["run", ...flags, "--retry-all-failed"]);
  assert.equal(second.code, 6);
  assert.equal(w.tries("j2").length, 1);
});

test("--silent-is failed: its owner says that a failure of a silent poster is no post", async (t) => {
  const w = new World(t, jobs(2), {
    j1: ["silent + fail zxqv unheard of", "silent + post + exit 0"],
    j2: ["silent + post + exit 0"],
  });
  const { code, final } = await w.go("--silent-is", "failed");
  assert.equal(code, 0);
  has(final, { success: 2, pass_count: 2, attempts: 3 });
  once(w, ["j1", "j2"]);
});
