// Rules of the user's own, through the real command: refused with file and line, first of all in a run, previewed, tested.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { EXEC, has, jobs, killedAt, QUICK, until, World } from "./world.ts";

const MINE = `rules:
  - id: studio-closed
    category: content
    cause: studio_closed
    text: 'studio (is )?closed'
`;

test("a run judges by the user's rules first; a bad rule file is refused before anything starts", async (t) => {
  const w = new World(t, jobs(2), { j1: ["fail adb: device offline, the studio is closed"] });
  w.write("mine.yaml", MINE);
  w.write("bad.yaml", MINE.replace("category", "categry"));
  w.write("reprise.config.yaml", "rules: [mine.yaml]\n");
  const refused = await w.go("--rules", "bad.yaml");
  assert.equal(refused.code, 2);
  assert.match(refused.err + refused.out, /bad\.yaml:3: unknown key categry of a rule; did you mean category\?/);
  assert.equal(w.tries().length, 0);
  const { final, code } = await w.go();
  assert.equal(code, 3);
  has(final, { success: 1, failed_content: 1, attempts: 2 });
  assert.match((await w.run(["jobs", "why", "j1"])).out, /user:studio-closed/);
});

const IN_DOUBT =
  "rules: [{id: spinner, category: infrastructure, cause: spinner, text: spinner turns, unconfirmed: true}]\n";

/** Its poster has failed; nobody has written that down. */
async function killedOverAnEnd(w: World, campaign: string): Promise<void> {
  w.write("mine.yaml", IN_DOUBT);
  const flags = ["--json", "--exec", EXEC, ...QUICK, "--rules", "mine.yaml"];
  const run = await w.run(["--campaign", campaign, "run", "jobs.jsonl", ...flags], { env: killedAt(w, "end.heard") });
  assert.equal(run.signal, "SIGKILL");
  await until("the worker to leave its end", () => w.census().length === 0);
}

test("sweep judges what a killed run left by the rules that the run was started with", async (t) => {
  const w = new World(t, jobs(1), { j1: ["fail the spinner turns"] });
  await killedOverAnEnd(w, "default");
  w.write("reprise.config.yaml", "rules: [none.yaml]\n");
  const refused = await w.run(["sweep", "--yes"]);
  assert.deepEqual([refused.code, /none\.yaml does not exist/.test(refused.err)], [2, true], refused.err);
  rmSync(join(w.dir, "reprise.config.yaml"));
  assert.equal((await w.run(["sweep", "--yes"])).code, 0);
  has(await w.status(), { unconfirmed: 1 });
});

for (const [what, args] of [
  ["the next run", ["run", "--exec", EXEC, "--verify-exec", "true", "--max-passes", "1"]],
  ["verify", ["verify", "--exec", EXEC, "--verify-exec", "true"]],
] as const) {
  test(`so does ${what}, though it is started without them`, async (t) => {
    const w = new World(t, jobs(1), { j1: ["fail the spinner turns"] });
    await killedOverAnEnd(w, "default");
    assert.equal((await w.run(args)).code, 6);
    has(await w.status(), { unconfirmed: 1 });
    assert.equal(w.tries().length, 1);
  });
}

test("so does another campaign's run that settles it; where they can't be read any more it leaves it alone", async (t) => {
  const w = new World(t, jobs(1), { j1: ["fail the spinner turns"], k1: ["at there + ok"] });
  await killedOverAnEnd(w, "a");
  rmSync(join(w.dir, "mine.yaml"));
  w.jobFile("other.jsonl", [{ id: "k1", account: "other" }]);
  const flags = ["--json", "--exec", EXEC, ...QUICK];
  const other = w.start(["--campaign", "b", "run", "other.jsonl", ...flags]);
  const told = await other.event("warning", (e) => e.code === "not_settled");
  assert.match(told.message, /campaign "a" left.*mine\.yaml does not exist/);
  const ofA = () => w.ask("--campaign", "a", "status");
  has(await ofA(), { unconfirmed: 0, failed: 0 });
  w.write("mine.yaml", IN_DOUBT);
  let left = await ofA();
  for (const end = Date.now() + 60_000; left.unconfirmed === 0 && left.failed === 0; left = await ofA())
    assert.ok(Date.now() < end, "never settled");
  has(left, { unconfirmed: 1, failed: 0 });
  w.open("there");
  assert.equal((await other.end).code, 0);
});

test("a preview counts the past failures that new rules would judge otherwise; what is unconfirmed stays so", async (t) => {
  const w = new World(t, jobs(3), {
    j1: ["fail the studio is closed"],
    j2: ["fail Sharing to Reels... studio closed"],
    j3: ["fail zxqv"],
  });
  w.write("mine.yaml", `${MINE}  - {id: idle, category: unknown, cause: idle, text: never said}\n`);
  const first = await w.go("--max-passes", "1", "--verify-exec", "true");
  has(first.final, { failed_unknown: 2, unconfirmed: 1 });
  const { out, code } = await w.run(["rules", "preview", "mine.yaml"]);
  assert.equal(code, 0);
  assert.match(out, /^2 of 3 past failures would be judged otherwise$/m);
  assert.match(out, /2 {2}unknown\/unmatched -> content\/studio_closed {2}by user:studio-closed/);
  assert.match(out, /job j1, acct1: the studio is closed/);
  assert.match(out, /Fits no past failure: user:idle/);
  assert.match(out, /1 of them unconfirmed: they stay so/);
  const { events } = await w.run(["rules", "preview", "mine.yaml", "--json"]);
  has(events[0] as never, { type: "rules.preview", failures: 3, changed: 2 } as never);
  has((await w.run(["status", "--json"])).events[0] as never, { failed_unknown: 2, unconfirmed: 1 } as never);
});

test("rules test says how often the rules are right, beside two simpler ways, and which rows are wrong", async (t) => {
  const w = new World(t, []);
  const rows = [
    { message: "We suspended your account", accept: ["account"] },
    { message: "no 'action blocked' warning visible", accept: ["infrastructure", "unknown"], uncertain: false },
    { message: "Sharing to Reels...", accept: ["unknown"], uncertain: true },
    { message: "the studio is closed", accept: ["content"] },
    { message: "adb: device offline", step: "device", accept: ["infrastructure"] },
  ];
  w.write("rows.jsonl", rows.map((r) => JSON.stringify(r)).join("\n"));
  w.write("mine.yaml", MINE);
  const plain = await w.run(["rules", "test", "rows.jsonl"]);
  assert.match(plain.out, /right +4\/5 80\.0 % \[37\.6-96\.4\] +2\/5/);
  assert.match(plain.out, /false permanent +0 +0 +1$/m);
  assert.match(plain.out, /in doubt, judged so +1\/1/);
  assert.match(plain.out, /line 4: unknown by unmatched; right: content; the studio is closed/);
  const mine = await w.run(["rules", "test", "rows.jsonl", "--rules", "mine.yaml", "--json"]);
  const [scored] = mine.events as unknown as {
    ours: { accepted: { right: number } };
    own_rules: number;
    wrong: unknown[];
  }[];
  assert.deepEqual([scored?.ours.accepted.right, scored?.own_rules, scored?.wrong], [5, 1, []]);
  w.write("bad.jsonl", '{"message":"x","accept":["nobody"]}\n');
  const bad = await w.run(["rules", "test", "bad.jsonl"]);
  assert.deepEqual([bad.code, /bad\.jsonl:1 accept: must be a list of right categories/.test(bad.err)], [2, true]);
});
