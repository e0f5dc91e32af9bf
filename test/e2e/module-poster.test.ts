// Posters that are a file: what a run makes of them. No browser here; see web-feed.test.ts.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { has, jobs, World } from "./world.ts";

const QUICK = ["--retry-delay", "0", "--settle", "0", "--workers", "1"];

/** A poster that does what a job's caption says. */
const POSTER = `import { appendFileSync } from "node:fs";
import { definePoster, AccountFailure } from "reprise";
export default definePoster({
  name: "test", platform: "test",
  async post(ctx) {
    const tap = async () => appendFileSync("made.txt", ctx.job.id + "\\n");
    ctx.step("opening");
    if (ctx.job.caption === "hang") await new Promise(() => {});
    if (ctx.job.caption === "stray") void Promise.reject(new Error("nobody looks"));
    if (ctx.job.caption === "held") throw new AccountFailure("suspended", "suspended");
    if (ctx.job.caption === "secret") ctx.log(String(process.env.TOKEN));
    await ctx.publish(tap);
    if (ctx.job.caption === "lost") throw new Error("lost the phone");
    ctx.posted({ url: "https://feed.test/" + ctx.job.id });
  },
  async verify() { return { posted: true }; },
});
`;

const go = (w: World, ...args: string[]) =>
  w.run(["run", "jobs.jsonl", "--json", "--poster", "poster.ts", ...QUICK, ...args]);
const made = (w: World) =>
  existsSync(join(w.dir, "made.txt")) ? readFileSync(join(w.dir, "made.txt"), "utf8").trim().split("\n") : [];

test("code that hangs is timed out, its worker replaced, and the next job is not lost with it", async (t) => {
  const w = new World(
    t,
    jobs(3, (i) => ({ caption: i === 1 ? "hang" : "fine" })),
  );
  w.write("poster.ts", POSTER);
  const { final, events } = await go(w, "--attempt-timeout", "2", "--max-passes", "1");
  has(final, { exit_code: 5, success: 2, failed_infrastructure: 1, attempts: 3 });
  assert.deepEqual(made(w), ["j2", "j3"]);
  assert.equal(events.filter((e) => e.type === "worker.started").length, 2, "its code does not run on beside the next");
  const ended = events.filter((e) => e.type === "worker.exited").map((e) => e.expected);
  assert.ok(ended.length >= 1 && ended.every(Boolean), JSON.stringify(ended));
  const failed = events.find((e) => e.type === "attempt.finished" && e.job === "j1");
  assert.match(JSON.stringify(failed), /attempt_timeout/);
});

test("lost after the tap, it is looked for, and not posted again", async (t) => {
  const w = new World(
    t,
    jobs(2, (i) => ({ caption: i === 1 ? "lost" : "fine" })),
  );
  w.write("poster.ts", POSTER);
  const { final, events } = await go(w);
  has(final, { exit_code: 0, success: 2, attempts: 2 });
  assert.deepEqual(made(w), ["j1", "j2"]);
  assert.ok(events.some((e) => e.type === "job.verified"));
});

test("a file that can't be loaded halts the run before anything is burnt", async (t) => {
  const w = new World(t, jobs(3));
  w.write("poster.ts", "export default {\n  post( {\n};\n");
  const { final, events } = await go(w);
  has(final, { exit_code: 7, final_result: "halted", pending: 3, failed: 0 });
  assert.match(JSON.stringify(events), /poster\.ts:\d: SyntaxError/);
});

test("a stray rejection in a poster is no crash, and a secret is none of its business", async (t) => {
  const w = new World(
    t,
    jobs(2, (i) => ({ caption: i === 1 ? "stray" : "secret" })),
  );
  w.write("poster.ts", POSTER);
  w.write("reprise.config.yaml", "secrets: [TOKEN]\nposter: {module: poster.ts}\n");
  const { final, events } = await w.run(["run", "jobs.jsonl", "--json", ...QUICK], { env: { TOKEN: "hunter22" } });
  has(final, { exit_code: 0, success: 2, attempts: 2 });
  assert.ok(!events.some((e) => e.type === "job.unconfirmed" || (e.type === "worker.exited" && !e.expected)));
  const log = readFileSync(join(w.dir, ".reprise/logs/worker_1.log"), "utf8");
  assert.match(log, /nobody looks/);
  assert.match(log, /"msg":"undefined"/);
  assert.doesNotMatch(log, /hunter22/);
});
