// The shipped example on the real stack: real command, real Appium, real Chromium. The site's own posts are the witness.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { openSite, type Trouble } from "../../examples/web-feed/site.ts";
import { needsChromium } from "../fixtures/needs-chromium.ts";
import { has, World } from "./world.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/web-feed", import.meta.url));
/** Only to detect a hang: on a machine with much else to do, each browser takes half a minute to start. */
const LONGEST_MS = 600_000;
const limit = { timeout: LONGEST_MS + 30_000 };

type Job = { id: string; account: string; media: string; caption: string };
const jobs = readFileSync(join(EXAMPLE, "jobs.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Job);

async function site(t: TestContext, trouble: Trouble) {
  const opened = await openSite(0, trouble);
  t.after(() => opened.close());
  return opened;
}

const run = (w: World, url: string, ...args: string[]) =>
  w.start(
    ["run", join(EXAMPLE, "jobs.jsonl"), "--json", "--poster", join(EXAMPLE, "poster.ts"), "--workers", "2", ...args],
    { env: { WEB_FEED_URL: url }, longestMs: LONGEST_MS },
  );

/** Evidence of a job's attempts: file name to content. */
function evidence(w: World, attempt: string): Map<string, Buffer> {
  const folder = join(w.dir, ".reprise/evidence", attempt);
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
}

const isPicture = (bytes: Buffer | undefined) =>
  bytes !== undefined && bytes.length > 2000 && bytes.subarray(1, 4).toString("latin1") === "PNG";

test(
  "five videos through a real browser: each once, in two passes, whatever goes wrong on the way",
  limit,
  async (t) => {
    needsChromium();
    const { url, posts } = await site(t, { suspended: ["dora"], slow: ["ben"], cut: ["cleo"], cutAfter: ["emil"] });
    const w = new World(t, []);
    const { final, events } = await run(w, url, "--retry-delay", "1").end;

    has(final, { exit_code: 3, pass_count: 2, success: 4, failed: 1, failed_account: 1, unconfirmed: 0, attempts: 6 });
    assert.deepEqual(posts.map((p) => p.account).sort(), ["ana", "ben", "cleo", "emil"]);
    for (const post of posts) {
      const job = jobs.find((j) => j.account === post.account);
      const bytes = readFileSync(join(EXAMPLE, job?.media ?? ""));
      const hash = createHash("sha256").update(bytes).digest("hex");
      assert.deepEqual([post.caption, post.bytes, post.sha256], [job?.caption, bytes.length, hash]);
    }

    const ends = events.filter((e) => e.type === "attempt.finished");
    const of = (job: string) => ends.filter((e) => e.job === job);
    const judged = (job: string) =>
      of(job).map((e) => `${e.outcome} ${e.failure?.category ?? ""} ${e.failure?.cause ?? ""}`);
    assert.deepEqual(judged("harbour"), ["posted  "]);
    assert.deepEqual(judged("bakery"), ["failed account suspended"]);
    assert.deepEqual(judged("lighthouse"), ["failed infrastructure network", "posted  "]);
    assert.deepEqual(
      judged("night-bus").map((j) => j.split(" ")[0]),
      ["unconfirmed"],
    );
    assert.ok(
      events.some((e) => e.type === "job.verified" && e.job === "night-bus"),
      "its profile page showed the post",
    );

    assert.ok(isPicture(evidence(w, of("harbour")[0]?.attempt ?? "").get("posted.png")), "a picture of the post");
    const failed = evidence(w, of("bakery")[0]?.attempt ?? "");
    assert.ok(isPicture(failed.get("failure.png")), "a picture of the failure");
    assert.match(failed.get("failure.source.txt")?.toString() ?? "", /account has been suspended/);
    assert.deepEqual(w.census(), [], "nothing runs on");
  },
);

test("an upload that the browser sends twice for one tap is one post", async (t) => {
  const { url, posts } = await site(t, { cutAfter: ["emil"] });
  const send = (account: string, key: string) => {
    const post = encodeURIComponent(JSON.stringify({ key, caption: "", file: "a.mp4" }));
    const body = Buffer.from("\0\0\0\bftyp");
    return fetch(`${url}/upload?account=${account}`, { method: "POST", body, headers: { "x-post": post } });
  };
  for (const key of ["one", "one", "two"]) assert.equal((await send("ana", key)).status, 200);
  for (const key of ["one of emil", "one of emil"]) await assert.rejects(send("emil", key));
  assert.equal((await send("emil", "two of emil")).status, 200);
  assert.deepEqual(
    posts.map((p) => p.account),
    ["ana", "ana", "emil", "emil"],
  );
});

test("Ctrl+C while a browser is open: nothing is posted by half, and no process is left", limit, async (t) => {
  needsChromium();
  const { url, posts } = await site(t, { slow: jobs.map((j) => j.account) });
  const w = new World(t, []);
  const running = run(w, url);
  await running.event("attempt.publishing");
  const asked = performance.now();
  running.signal("SIGINT");
  const { final } = await running.end;
  assert.ok(performance.now() - asked < 100_000, "--stop-grace, and what it takes to put things back");
  has(final, { exit_code: 130, final_result: "interrupted", unconfirmed: 0 });
  assert.equal(final.success, posts.length);
  assert.deepEqual(w.census(), []);
});
