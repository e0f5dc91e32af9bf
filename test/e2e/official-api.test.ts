// The shipped example for an official API: the API's own record of posts is the witness.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { openApi, type Trouble } from "../../examples/official-api/api.ts";
import { has, World } from "./world.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/official-api", import.meta.url));
const limit = { timeout: 120_000 };

type Job = { id: string; account: string; media: string; caption: string };
const jobs = readFileSync(join(EXAMPLE, "jobs.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Job);
const TOKENS = JSON.stringify(Object.fromEntries(jobs.map(({ account }) => [account, `demo-${account}`])));

async function world(t: TestContext, trouble: Trouble, tokens = TOKENS) {
  const api = await openApi(0, trouble);
  t.after(() => api.close());
  const w = new World(t, []);
  const file = ["run", join(EXAMPLE, "jobs.jsonl"), "--json", "--poster", join(EXAMPLE, "poster.ts")];
  const env = { OFFICIAL_API_URL: api.url, OFFICIAL_API_TOKENS: tokens };
  const run = (...args: string[]) =>
    w.run([...file, "--workers", "2", "--retry-delay", "0", "--settle", "0", ...args], { env });
  return { api, w, run };
}

test("an official API's answers are read for what they mean, and it makes each post once", limit, async (t) => {
  const trouble = { busy: ["ben"], suspended: ["cleo"], rejected: ["dora"], lost: ["emil"], expired: ["fay"] };
  const { api, run } = await world(t, trouble);
  const { final, events, out } = await run();
  has(final, { exit_code: 3, success: 3, failed_account: 2, failed_content: 1, unconfirmed: 0, attempts: 7 });
  const judged = events.flatMap((e) =>
    e.type === "attempt.finished" && e.failure !== null ? [`${e.job} ${e.failure.category} ${e.failure.cause}`] : [],
  );
  assert.deepEqual(judged.sort(), [
    "bakery content rejected",
    "ferry account logged_out",
    "lighthouse account suspended",
    "market infrastructure rate_limited",
  ]);
  const posted = api.posts.map(({ account, key, caption, sha256 }) => [account, key, caption, sha256]).sort();
  const wanted = jobs.filter((j) => ["ana", "ben", "emil"].includes(j.account));
  const hash = (j: Job) =>
    createHash("sha256")
      .update(readFileSync(join(EXAMPLE, j.media)))
      .digest("hex");
  assert.deepEqual(posted, wanted.map((j) => [j.account, j.id, j.caption, hash(j)]).sort());
  const asked = api.requests.filter((r) => r === "emil POST /v1/posts").length;
  assert.equal(asked, 2, "a lost answer was asked for again, with the same key");
  assert.doesNotMatch(out, /demo-/, "no token is told");
});

test("where the API never answers, the job is unconfirmed, and a look by its key finds the post", limit, async (t) => {
  const { api, run } = await world(t, { lostAlways: ["emil"] });
  const { final, events } = await run();
  has(final, { exit_code: 0, success: 6, unconfirmed: 0 });
  assert.ok(events.some((e) => e.type === "job.unconfirmed" && e.job === "night-bus"));
  assert.ok(events.some((e) => e.type === "job.verified" && e.job === "night-bus"));
  assert.equal(api.posts.filter((p) => p.key === "night-bus").length, 1);
});

test("without tokens the run halts as a matter of setup, and the API is not asked", limit, async (t) => {
  const { api, run } = await world(t, {}, "");
  const { final } = await run();
  has(final, { exit_code: 7, final_result: "halted", success: 0 });
  assert.deepEqual(api.requests, []);
});
