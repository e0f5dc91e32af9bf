// `reprise simulate`: the real run loop in virtual time, without a process or a file.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { EventLine } from "../core/events.ts";
import type { Cli } from "./cli.ts";
import { lazyCompose } from "./compose.ts";
import { execute } from "./main.ts";

function shell(t: TestContext) {
  const cwd = mkdtempSync(join(tmpdir(), "reprise-simulate-"));
  t.after(() => rmSync(cwd, { recursive: true, force: true }));
  const run = async (...args: string[]) => {
    const said = { out: "", err: "" };
    const terminal: Cli["terminal"] = {
      out: (text) => {
        said.out += text;
      },
      err: (text) => {
        said.err += text;
      },
      isInteractive: false,
      color: false,
      utf8: true,
      ask: async () => null,
      async *lines() {},
    };
    const json = args.includes("--json");
    const given = {
      terminal,
      env: { TZ: "UTC" },
      cwd,
      compose: lazyCompose,
      json,
      stops: () => ({ onStop: () => {}, asked: new AbortController().signal }),
    };
    return { code: await execute(args, given), ...said };
  };
  return { cwd, run };
}

const hashIn = (out: string) => /^Event hash: ([0-9a-f]{64})$/m.exec(out)?.[1];

test("the same seed gives the same events and the same hash, another seed others", async (t) => {
  const { run, cwd } = shell(t);
  const [once, again, other] = [
    await run("simulate", "bad-night", "--seed", "7"),
    await run("simulate", "bad-night", "--seed", "7"),
    await run("simulate", "bad-night", "--seed", "8"),
  ];
  assert.equal(once.err, again.err);
  assert.ok(hashIn(once.out));
  assert.equal(hashIn(once.out), hashIn(again.out));
  assert.notEqual(hashIn(once.out), hashIn(other.out));
  assert.match(once.err, /^0:00:00 {2}~ retry .* socket hang up/m);
  assert.match(once.out, /^ {2}On the platform: 36 posts, none twice$/m);
  assert.equal(once.code, 8, "the run's own: four jobs are over the daily limit");
  assert.deepEqual(readdirSync(cwd), [], "nothing is written");
});

test("jobs of a file meet a scenario of one's own, and ten minutes of settling pass in a moment", async (t) => {
  const { run, cwd } = shell(t);
  writeFileSync(join(cwd, "jobs.csv"), "id,account,media\nj1,ana,a.mp4\nj2,ben,b.mp4\n");
  writeFileSync(join(cwd, "lost.yaml"), "jobs: {j1: [{outcome: unconfirmed, posted: false}, ok]}\n");
  const { code, out, err } = await run("simulate", join(cwd, "lost.yaml"), join(cwd, "jobs.csv"));
  assert.equal(code, 0, err);
  assert.match(err, /^0:10:\d\d {2}~ verified +j1 {2}ana: it is not posted/m);
  assert.match(out, /^Seed 1: all_complete after 2 passes and 3 attempts; 10 min/m);
});

test("without job files the campaign's open jobs are played, and stay as they are", async (t) => {
  const { run, cwd } = shell(t);
  writeFileSync(join(cwd, "jobs.csv"), "id,account,media\nj1,ana,a.mp4\n");
  const state = ["--state-dir", join(cwd, "state")];
  assert.equal((await run(...state, "import", join(cwd, "jobs.csv"))).code, 0);
  const played = await run(...state, "simulate", "all-well");
  assert.match(played.out, /^ {2}posted {2}1 of 1$/m);
  const { out } = await run(...state, "jobs", "list", "--json");
  assert.match(out, /"status":"pending"/);
});

test("--json says every event, and in the end what they came to", async (t) => {
  const { run } = shell(t);
  const { out } = await run("simulate", "slow-feed", "--json");
  const lines = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as EventLine & Record<string, unknown>);
  const last = lines.at(-1);
  assert.equal(lines[0]?.type, "run.started");
  assert.deepEqual([last?.type, last?.posts, last?.posted_twice, last?.seed], ["simulated", 36, 0, 1]);
  assert.ok(lines.some((line) => line.type === "job.verified" && line.result === "settling"));
});

test("--seeds gives a line a seed, each with the hash that its seed alone gives", async (t) => {
  const { run } = shell(t);
  const { code, out } = await run("simulate", "bad-night", "--seeds", "7..9");
  assert.equal(code, 0);
  const hash = hashIn((await run("simulate", "bad-night", "--seed", "8")).out) ?? "";
  assert.match(out, new RegExp(`^8 +deferred +36 of 40 .* ${hash.slice(0, 16)}$`, "m"));
  assert.match(out, /^3 runs in .*: posted 36 to 36, 36 in the median; twice: 0$/m);
});

for (const [flag, value] of [
  ["--seeds", "9..1"],
  ["--seeds", "1..99999"],
  ["--seeds", "1-9"],
  ["--start", "tomorrow"],
  ["--start", "2026-01-05T09:00:00"],
] as const)
  test(`${flag} ${value} is refused before anything is played`, async (t) => {
    const { code, out, err } = await shell(t).run("simulate", "all-well", flag, value);
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, new RegExp(`${flag} is "${value}": must be`));
  });

test("the virtual clock starts when it is told to: a day's limit ends at its midnight", async (t) => {
  const { run, cwd } = shell(t);
  writeFileSync(join(cwd, "jobs.csv"), "id,account,media\nj1,ana,a.mp4\nj2,ana,b.mp4\n");
  const at = ["--start", "2026-03-01T23:59:00Z", "--until", "2h"];
  const { out, err } = await run("simulate", "all-well", join(cwd, "jobs.csv"), "--daily-limit", "1", ...at);
  assert.match(out, /^Seed 1: all_complete after 2 passes and 2 attempts; 1 min/m, err);
});
