// Commands over a real (in-memory) ledger, without a process: what they print, do and refuse.
import assert from "node:assert/strict";
import { test } from "node:test";
import { desk } from "../../test/rig/cli-desk.ts";
import { RepriseError } from "../core/errors.ts";
import type { EventLine, RunFinished } from "../core/events.ts";
import { NO_COUNTS } from "../core/tally.ts";
import {
  allJobs,
  attempt,
  begin,
  failure,
  job,
  LOST,
  nextPass,
  POSTED,
  SUSPENDED,
  states,
  takeIn,
  UNKNOWN_END,
} from "../ledger/contract/world.contract.ts";

const people = ["ana", "ben", "cleo", "dora"];
const specs = people.map((account, i) => job(`j${i + 1}`, { account }));

/** j1 posted, j2 failed for the phone's sake, j3's account suspended, j4 unconfirmed. */
async function afterOnePass(campaign: ReturnType<typeof desk>["campaign"]): Promise<void> {
  await begin(campaign, specs);
  for (const end of [POSTED, LOST, SUSPENDED, UNKNOWN_END]) await attempt(campaign, end);
}

test("jobs list shows each job with its state and why", async (t) => {
  const { run, campaign } = desk(t);
  await afterOnePass(campaign);
  const { code, out } = await run("jobs", "list");
  assert.equal(code, 0);
  assert.match(out, /^j1 +ana +success +1 +https:\/\/example\.test\/p\/1$/m);
  assert.match(out, /^j2 +ben +failed +1 +infrastructure\/device_offline: it says device_offline$/m);
  assert.match(out, /^j4 +dora +unconfirmed +1/m);
});

test("jobs list --json is one object a line, filtered and limited", async (t) => {
  const { run, campaign } = desk(t);
  await afterOnePass(campaign);
  const ids = async (...args: string[]) => (await run("jobs", "list", "--json", ...args)).objects().map((o) => o.job);
  assert.deepEqual(await ids(), ["j1", "j2", "j3", "j4"]);
  assert.deepEqual(await ids("--status", "failed,unconfirmed"), ["j2", "j3", "j4"]);
  assert.deepEqual(await ids("--category", "account"), ["j3"]);
  assert.deepEqual(await ids("--cause", "device_offline"), ["j2"]);
  assert.deepEqual(await ids("--account", "ana"), ["j1"]);
  assert.deepEqual(await ids("--limit", "2"), ["j1", "j2"]);
  const [first] = (await run("jobs", "list", "--json")).objects();
  assert.equal(first.v, 1);
  assert.equal(first.status, "success");
});

test("jobs list goes on past a page", async (t) => {
  const { run, campaign } = desk(t);
  await takeIn(
    campaign,
    Array.from({ length: 1201 }, (_, i) => job(`n${i}`)),
  );
  assert.equal((await run("jobs", "list", "--json")).objects().length, 1201);
  assert.equal((await run("jobs", "list", "--json", "--limit", "700")).objects().length, 700);
});

test("jobs retry shows the list first and never takes unconfirmed or posted jobs", async (t) => {
  const { run, campaign } = desk(t);
  await afterOnePass(campaign);
  const all = await run("jobs", "retry", "--status", "failed,unconfirmed,success", "--yes");
  assert.match(all.err, /^To retry: \d jobs of \d accounts\n/);
  assert.doesNotMatch(all.err.split("left alone")[0] ?? "", /j4/);
  const after = await states(campaign);
  assert.equal(after.j2, "pending");
  assert.equal(after.j4, "unconfirmed");
  assert.equal(after.j1, "success");
  const named = await run("jobs", "retry", "j4", "--yes");
  assert.equal(named.code, 2);
  assert.match(named.err, /^left alone: j4: /m);
});

test("a person who says no changes nothing", async (t) => {
  const { run, campaign } = desk(t, "n");
  await afterOnePass(campaign);
  const { code, asked, err } = await run("jobs", "retry", "j2");
  assert.equal(code, 0);
  assert.deepEqual(asked, ["Retry 1 job? [Y/n] "]);
  assert.match(err, /Nothing was changed/);
  assert.equal((await states(campaign)).j2, "failed");
});

test("marking settles an unconfirmed job; that it is not posted must be typed, or said with --yes", async (t) => {
  const { run, campaign } = desk(t, "dora");
  await afterOnePass(campaign);
  const typed = await run("jobs", "mark-not-posted", "j4");
  assert.match(typed.asked[0] ?? "", /Type dora to go on/);
  assert.equal((await states(campaign)).j4, "pending");
});

test("without a terminal mark-not-posted needs --yes, mark-posted does not", async (t) => {
  const { run, campaign } = desk(t);
  await afterOnePass(campaign);
  const refused = await run("jobs", "mark-not-posted", "j4");
  assert.equal(refused.code, 2);
  assert.match(refused.err, /usage: --yes: needed to mark as not posted 1 job/);
  assert.equal((await run("jobs", "mark-posted", "j4", "--url", "https://x/1")).code, 0);
  assert.equal((await allJobs(campaign)).find((j) => j.id === "j4")?.url, "https://x/1");
});

test("jobs hold and release; an unknown job is named", async (t) => {
  const { run, campaign } = desk(t);
  await takeIn(campaign, specs);
  assert.equal((await run("jobs", "hold", "j1", "--reason", "wrong caption")).code, 0);
  assert.equal((await states(campaign)).j1, "held");
  assert.equal((await run("jobs", "release", "--status", "held")).code, 0);
  assert.equal((await states(campaign)).j1, "pending");
  const { code, err } = await run("jobs", "hold", "j1", "j9");
  assert.equal(code, 2);
  assert.match(err, /no such job: j9/);
  assert.equal((await states(campaign)).j1, "pending", "all or nothing");
});

test("jobs why tells attempt, evidence, rule, budget and decision", async (t) => {
  const { run, campaign } = desk(t);
  await afterOnePass(campaign);
  const { out } = await run("jobs", "why", "j2");
  assert.match(out, /^Job j2 of ben is failed\./);
  assert.match(out, /attempt 1 \(run run-1, pass 1, worker 1\): failed at starting after /);
  assert.match(out, /^ +rule +test: the test says so$/m);
  assert.match(out, /^ +evidence +it says device_offline$/m);
  assert.match(out, /^ +judged +infrastructure\/device_offline, cause c[0-9a-v]{7}$/m);
  assert.match(out, /^ +budget +infrastructure 0 of 4 before, 1 of 4 after$/m);
  assert.match(out, /^Now: tried again in the next pass or run$/m);
  assert.match((await run("jobs", "why", "j4")).out, /never tried again by itself: reprise verify j4/);
  assert.match((await run("jobs", "why", "j3")).out, /a retry would not help \(account\)/);
  const [json] = (await run("jobs", "show", "j2", "--json")).objects();
  assert.equal(json.tries.length, 1);
  assert.deepEqual(json.spent, { infrastructure: 1, unknown: 0, rateLimits: 0 });
  assert.deepEqual([json.why.state, json.why.gaps, json.why.chain.length], ["failed", [], 1]);
});

test("jobs why counts only the newest run's and pass's charges, oldest attempt first", async (t) => {
  const { run, campaign } = desk(t);
  await begin(campaign, [job("j1", { account: "ana" })]);
  await attempt(campaign, LOST);
  await nextPass(campaign);
  await attempt(campaign, LOST);
  const { out } = await run("jobs", "why", "j1");
  assert.ok(out.indexOf("pass 1,") < out.indexOf("pass 2,"));
  assert.match(out, /infrastructure 1 of 4 before, 2 of 4 after/);
});

test("causes are listed, shown, acted on by id and resolved; unconfirmed jobs are never taken", async (t) => {
  const { run, campaign } = desk(t);
  await begin(
    campaign,
    ["ana", "ben", "cleo"].map((account, i) => job(`j${i + 1}`, { account })),
  );
  await attempt(campaign, LOST);
  await attempt(campaign, LOST);
  await attempt(campaign, { phase: "unconfirmed", failure: failure("infrastructure", "device_offline") });
  const [cause, ...others] = (await run("causes", "list", "--json")).objects();
  assert.deepEqual(
    [others, cause.cause, cause.state, cause.jobs, cause.unconfirmed],
    [[], "device_offline", "new", 2, 1],
  );
  assert.match(
    (await run("causes", "show", cause.id)).out,
    /^Newest failures:\n(.*\n)*.* j3 {2}cleo: it says device_offline$/m,
  );
  const retried = await run("jobs", "retry", "--cause", cause.id);
  assert.match(retried.err, /^To retry: 2 jobs of 2 accounts$/m);
  assert.match(retried.out, /^2 jobs pending again\.$/m);
  const held = await run("jobs", "hold", "--cause", cause.id, "--json");
  assert.deepEqual(held.objects()[0].done, ["j1", "j2"], "those that wait for another try, not the unconfirmed one");
  assert.match((await run("causes", "resolve", cause.id, "--note", "new cable")).out, /^Cause c\w{7} is resolved/);
  assert.equal((await run("causes", "resolve", cause.id)).code, 2);
  assert.equal((await run("causes", "list", "--all", "--json")).objects()[0].resolved.note, "new cable");
  assert.match((await run("causes", "show", "c0000000")).err, /no such cause: c0000000/);
});

test("accounts: a suspended one is listed as held, and released by a person", async (t) => {
  const { run, campaign } = desk(t);
  await afterOnePass(campaign);
  assert.match((await run("accounts", "list")).out, /^cleo +held .* suspended/m);
  const unknown = await run("accounts", "release", "zoe");
  assert.equal(unknown.code, 2);
  assert.match(unknown.err, /account zoe: not known here/);
  assert.equal((await run("accounts", "release", "cleo")).code, 0);
  const states = (await run("accounts", "list", "--json")).objects().map((a) => [a.account, a.state]);
  assert.deepEqual(Object.fromEntries(states).cleo, "ok");
  assert.equal((await run("accounts", "hold", "ana", "--reason", "new phone")).code, 0);
  assert.match((await run("accounts", "list")).out, /^ana +held/m);
});

const finished: RunFinished = {
  type: "run.finished",
  ...NO_COUNTS,
  campaign: "default",
  final_result: "only_non_retryable",
  exit_code: 3,
  pass_count: 1,
  attempts: 1,
  pass_history: [],
};

test("run draws its events and ends with the run's exit code; --json puts only events on stdout", async (t) => {
  const { run, compose } = desk(t);
  const line: EventLine = { v: 1, ts: "t", run: "r1", ...finished };
  const seen: string[][] = [];
  compose.runMain = async ({ files, onEvent }) => {
    seen.push(files);
    onEvent(line);
    return finished;
  };
  const json = await run("run", "a.csv", "--json", "--state-file", "s.json", "--exec", "true");
  assert.equal(json.code, 3);
  assert.deepEqual(json.objects(), [line]);
  assert.equal(json.err, "");
  assert.deepEqual(seen, [["s.json", "a.csv"]]);
  const lines = await run("run", "--exec", "true");
  assert.equal(lines.out, "");
  assert.match(lines.err, /Exit code 3 \(only_non_retryable\)/);
});

test("a run that could not start is one line, with --json an error line too", async (t) => {
  const { run, compose } = desk(t);
  compose.runMain = async () => {
    throw new RepriseError("conflict", 'another run (pid 7) holds campaign "default"', { conflicts: [{ pid: 7 }] });
  };
  const { code, err, objects } = await run("run", "--json", "--exec", "true");
  assert.equal(code, 75);
  assert.equal(err, 'conflict: another run (pid 7) holds campaign "default". (exit 75)\n');
  const [line] = objects();
  assert.equal(line.error, "orchestrator_conflict");
  assert.deepEqual(line.conflicts, [{ pid: 7 }]);
});

test("bad rows are all listed, one line each", async (t) => {
  const { run, compose } = desk(t);
  compose.importMain = async () => {
    throw new RepriseError("bad_rows", "2 bad rows, nothing was taken in", {
      details: ["a.jsonl:2 account: missing", "a.jsonl:3 no JSON"],
    });
  };
  const { code, err } = await run("import", "a.jsonl");
  assert.equal(code, 2);
  assert.match(err, /^bad_rows: 2 bad rows.*\na\.jsonl:2 account: missing\na\.jsonl:3 no JSON\n$/);
});

test("a bug is said to be one, without a stack unless asked", async (t) => {
  const { run, compose } = desk(t);
  compose.sweepMain = async () => {
    throw new Error("boom");
  };
  const { code, err } = await run("sweep");
  assert.equal(code, 1);
  assert.match(err, /^internal: boom\. This is a bug; --verbose shows where\. \(exit 1\)\n$/);
  assert.match((await run("sweep", "--verbose")).err, /commands\.test\.ts/);
});

test("on a terminal a run asks first, saying how much; a simulated one does not", async (t) => {
  const { run, compose, campaign } = desk(t, "n");
  await takeIn(campaign, specs);
  compose.runMain = async () => finished;
  const real = await run("run", "--exec", "true");
  assert.deepEqual(real.asked, ["Post 4 open jobs with 3 workers? [Y/n] "]);
  assert.equal(real.code, 0);
  assert.equal((await run("run", "--simulate")).code, 3);
  assert.equal((await run("run", "--exec", "true", "--yes")).code, 3);
});

test("verify ends with 6 while a job stays unconfirmed", async (t) => {
  const { run, compose, campaign } = desk(t);
  await afterOnePass(campaign);
  compose.verifyMain = async () => ({ stoppedBy: null, isStillOn: false });
  assert.equal((await run("verify")).code, 6);
  await run("jobs", "mark-posted", "j4");
  assert.equal((await run("verify")).code, 0);
});

test("a verify that is stopped ends with the signal's code, and tells of a phone that is still on", async (t) => {
  const { run, compose, campaign } = desk(t);
  await afterOnePass(campaign);
  for (const [stoppedBy, want] of [
    ["SIGINT", 130],
    ["SIGHUP", 129],
    ["reprise stop", 143],
  ] as const) {
    compose.verifyMain = async () => ({ stoppedBy, isStillOn: stoppedBy === "SIGINT" });
    const { code, err } = await run("verify");
    assert.deepEqual([code, /still on: reprise sweep stops it/.test(err)], [want, stoppedBy === "SIGINT"]);
  }
});

test("a phone is taken out with a reason, seen in the list, and put back", async (t) => {
  const { run, campaign } = desk(t);
  const book = campaign.fleet;
  await book.take({ id: "phone-1", provider: "adb", wasOn: false }, "m1");
  await book.give("phone-1", { cause: "device_offline", message: "phone phone-1 is offline" });
  const out = await run("devices", "take-out", "phone-1", "--reason", "screen broken");
  assert.deepEqual([out.code, out.err], [0, ""]);
  assert.match(
    (await run("devices", "list")).out,
    /phone-1 +ready +out: screen broken +anna +phone phone-1 is offline/,
  );
  const seen = JSON.parse((await run("devices", "list", "--json")).out);
  assert.deepEqual(
    [seen.type, seen.device, seen.out.by, seen.out.reason],
    ["device", "phone-1", "person", "screen broken"],
  );
  assert.equal((await run("devices", "put-back", "phone-1")).code, 0);
  assert.match((await run("devices", "list")).out, /phone-1 +ready +idle/);
  const twice = await run("devices", "put-back", "phone-1");
  assert.deepEqual([twice.code, /phone phone-1: it is not out/.test(twice.err)], [2, true]);
});

test("a phone that nobody knows, or a time that is none, takes nothing out", async (t) => {
  const { run } = desk(t);
  const slip = await run("devices", "take-out", "phone-9");
  assert.deepEqual([slip.code, /phone phone-9: not known here/.test(slip.err)], [2, true]);
  const soon = await run("devices", "take-out", "phone-9", "--for", "soon");
  assert.deepEqual([soon.code, /--for is "soon": must be a time/.test(soon.err)], [2, true]);
});
