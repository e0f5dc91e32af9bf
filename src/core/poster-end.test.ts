import assert from "node:assert/strict";
import test from "node:test";
import { classify } from "./classify.ts";
import { millis } from "./ids.ts";
import {
  EXIT_CAUSES,
  type NoGo,
  type NotPosted,
  type Outcome,
  type PosterEnd,
  type PosterExit,
  type Reached,
  readPosterEnd,
  signalOfCode,
} from "./poster-end.ts";

// The table of 4-posters-devices 4.1 ("end", "silent posters"), written once more: slow, plain, first line that fits.
// `*` fits anything. `tabled` = the sysexits with a meaning; `force` = ended by a signal, a time-out, a loss or a stop.

const EXITS: Record<string, PosterExit> = {
  "0": { kind: "code", code: 0 },
  "1": { kind: "code", code: 1 },
  "65": { kind: "code", code: 65 },
  "66": { kind: "code", code: 66 },
  "69": { kind: "code", code: 69 },
  "75": { kind: "code", code: 75 },
  "77": { kind: "code", code: 77 },
  "78": { kind: "code", code: 78 },
  "126": { kind: "code", code: 126 },
  "127": { kind: "code", code: 127 },
  "128": { kind: "code", code: 128 },
  "137": { kind: "code", code: 137 },
  "143": { kind: "code", code: 143 },
  "255": { kind: "code", code: 255 },
  signal: { kind: "signal", signal: "SIGKILL" },
  timed_out: { kind: "timed_out", afterMs: millis(600_000) },
  cancelled: { kind: "cancelled" },
  lost: { kind: "lost", message: "worker 3 is gone" },
  media: { kind: "media", cause: "media_broken", message: "no moov", category: "content" },
  not_started: { kind: "not_started", errno: "ENOENT", message: "spawn /bin/sh ENOENT" },
};
const TABLED = ["65", "66", "69", "75", "77", "78", "126", "127"];
const FORCE = ["137", "143", "signal", "timed_out", "cancelled", "lost"];

const word = (category: NotPosted["category"]): NotPosted => ({
  type: "not_posted",
  category,
  cause: category === null ? null : "its_cause",
  message: "the app said no",
  retryAfterMs: null,
  cooldownMs: null,
});
const SAID: Record<string, PosterEnd["said"]> = {
  nothing: null,
  posted: { type: "posted", url: "https://x.example/p/1" },
  refused_account: word("account"),
  refused_content: word("content"),
  refused_infrastructure: word("infrastructure"),
  refused_untyped: word(null),
};
const REFUSED = Object.keys(SAID).filter((s) => s.startsWith("refused"));

/** What the poster was told when it asked: nothing (it did not ask), go, or a refusal. */
const TOLD: Record<string, { gotGo: boolean; noGo: NoGo | null }> = {
  nothing: { gotGo: false, noGo: null },
  go: { gotGo: true, noGo: null },
  stopping: { gotGo: false, noGo: "stopping" },
  duplicate: { gotGo: false, noGo: "duplicate" },
};
const REFUSAL = ["stopping", "duplicate"];

type Column = "*" | readonly string[];
type Row = [why: string, reached: Column, said: Column, told: Column, exit: Column, want: string];
const law: Row[] = [
  ["posted wins over any end; unasked it breaks the protocol", ["before"], ["posted"], "*", "*", "posted breach"],
  ["posted wins over any end", "*", ["posted"], "*", "*", "posted"],
  ["an intent refused counts as not reached", "*", "*", REFUSAL, "*", "cancelled"],
  ["a refusal is no proof after go and an end by force", ["publishing"], REFUSED, "*", FORCE, "unconfirmed"],
  [
    "what a stopped poster says of its account or content counts",
    "*",
    ["refused_account", "refused_content"],
    "*",
    "*",
    "failed said",
  ],
  ["what else a stopped poster says tells of the stop", "*", REFUSED, "*", ["cancelled"], "cancelled"],
  ["not_posted wins over any exit code", "*", REFUSED, "*", "*", "failed said"],
  ["after the intent exit 0 is posted", ["publishing"], "*", "*", ["0"], "posted"],
  ["after the intent anything else is unconfirmed", ["publishing"], "*", "*", "*", "unconfirmed"],
  ["a poster that never started did not tap", ["opaque"], "*", "*", ["media"], "failed content"],
  ["a poster that could not start did not tap", ["opaque"], "*", "*", ["not_started"], "failed setup"],
  ["silent: exit 0 is posted", ["opaque"], "*", "*", ["0"], "posted"],
  ["silent: tabled codes as tabled", ["opaque"], "*", "*", TABLED, "failed tabled"],
  ["silent: anything else may have tapped", ["opaque"], "*", "*", "*", "unconfirmed"],
  ["a stop before the intent", ["before"], "*", "*", ["cancelled"], "cancelled"],
  ["exit 0 before the intent, after events: posted, and a breach", ["before"], "*", "*", ["0"], "posted spoke"],
  ["65/66 content, 69/75 infrastructure, 77 account, 78/126/127 setup", ["before"], "*", "*", TABLED, "failed tabled"],
  ["128+N: killed by signal N", ["before"], "*", "*", ["137", "143"], "failed infrastructure"],
  [
    "killed, timed out, lost before the intent",
    ["before"],
    "*",
    "*",
    ["signal", "timed_out", "lost"],
    "failed infrastructure",
  ],
  ["media that can't be posted", ["before"], "*", "*", ["media"], "failed content"],
  ["not startable", ["before"], "*", "*", ["not_started"], "failed setup"],
  ["any other code is judged by stderr's tail", ["before"], "*", "*", ["1", "128", "255"], "failed account"],
];
const TABLED_AS: Record<string, string> = {
  "65": "content",
  "66": "content",
  "69": "infrastructure",
  "75": "infrastructure",
  "77": "account",
  "78": "setup",
  "126": "setup",
  "127": "setup",
};

type Point = { reached: Reached; said: string; told: string; exit: string; spoke: boolean };

function everyEnd(): Point[] {
  const points: Point[] = [];
  for (const reached of ["before", "opaque", "publishing"] as const)
    for (const said of Object.keys(SAID))
      for (const told of Object.keys(TOLD))
        for (const exit of Object.keys(EXITS))
          for (const spoke of [true, false]) points.push({ reached, said, told, exit, spoke });
  return points;
}

const fits = (column: Column, value: string) => column === "*" || column.includes(value);

function wanted(p: Point): { why: string; want: string } {
  const row = law.find((r) => fits(r[1], p.reached) && fits(r[2], p.said) && fits(r[3], p.told) && fits(r[4], p.exit));
  assert.ok(row, JSON.stringify(p));
  return { why: row[0], want: row[5] };
}

function endOf(p: Point, more: Partial<PosterEnd> = {}): PosterEnd {
  const exit = EXITS[p.exit];
  const told = TOLD[p.told];
  assert.ok(exit && told);
  const said = SAID[p.said] ?? null;
  const rest = { step: "sharing", stderrTail: "We suspended your account", error: null, evidence: ["a.png"] };
  return { spoke: p.spoke, said, exit, ...told, ...rest, ...more };
}

/** An outcome in the words of the law's last column. */
function told(outcome: Outcome, p: Point): string {
  if (outcome.type === "posted")
    return outcome.breach ? (p.said === "posted" ? "posted breach" : "posted spoke") : "posted";
  if (outcome.type !== "failed") return outcome.type;
  if (outcome.evidence.exit === undefined && p.said !== "nothing") return "failed said";
  return `failed ${classify(outcome.evidence).category}`;
}

test(`every end of a poster is read as the law says (${everyEnd().length} of them)`, () => {
  for (const p of everyEnd()) {
    const { why, want } = wanted(p);
    let expected = want === "failed tabled" ? `failed ${TABLED_AS[p.exit]}` : want;
    if (want === "posted spoke" && !p.spoke) expected = "posted";
    assert.equal(told(readPosterEnd(p.reached, endOf(p)), p), expected, `${why}: ${JSON.stringify(p)}`);
  }
});

test("every line of the law is needed", () => {
  const used = new Set(everyEnd().map((p) => wanted(p).why));
  assert.deepEqual(
    law.map(([why]) => why).filter((why) => !used.has(why)),
    [],
  );
});

test("once the intent stands, only exit 0, `posted`, or a refusal not forced is proof", () => {
  for (const p of everyEnd()) {
    if (p.reached !== "publishing" || p.told === "stopping" || p.told === "duplicate") continue;
    const outcome = readPosterEnd(p.reached, endOf(p));
    if (outcome.type === "failed")
      assert.ok(p.said.startsWith("refused") && !FORCE.includes(p.exit), JSON.stringify(p));
    if (outcome.type === "posted") assert.ok(p.said === "posted" || p.exit === "0", JSON.stringify(p));
  }
});

test("a duplicate found at the intent is told as such, so that the job is skipped", () => {
  const p: Point = { reached: "before", said: "nothing", told: "duplicate", exit: "1", spoke: true };
  assert.deepEqual(readPosterEnd("before", endOf(p)), { type: "cancelled", noGo: "duplicate" });
});

const base: Point = { reached: "before", said: "nothing", told: "nothing", exit: "1", spoke: true };
const judged = (p: Partial<Point>, more: Partial<PosterEnd> = {}) => {
  const at = { ...base, ...p };
  const outcome = readPosterEnd(at.reached, endOf(at, more));
  assert.ok(outcome.type === "failed" || outcome.type === "unconfirmed", outcome.type);
  return { ...classify(outcome.evidence), evidence: outcome.evidence };
};

test("the poster's own words are the evidence: typed, with its cause and the time asked for", () => {
  const said: NotPosted = { ...word("infrastructure"), retryAfterMs: millis(7), cooldownMs: millis(9) };
  const { category, cause, evidence } = judged({ exit: "77" }, { said });
  assert.deepEqual(
    [category, cause, evidence.retryAfterMs, evidence.cooldownMs],
    ["infrastructure", "its_cause", 7, 9],
  );
  assert.deepEqual(evidence.files, ["a.png"]);
});

test("an untyped refusal is judged by its words, not by the exit code; without words by stderr", () => {
  const untyped = { ...word(null), message: "Your caption is too long" };
  assert.equal(judged({ exit: "77" }, { said: untyped }).category, "content");
  assert.equal(judged({ exit: "75" }, { said: { ...untyped, message: "" } }).category, "account");
  assert.equal(
    judged({}, { said: { ...untyped, message: "no more", cause: "action_blocked" } }).cause,
    "action_blocked",
  );
  assert.equal(judged({}, { said: { ...word("content"), cause: null } }).cause, "content");
});

test("an end is named for what reprise saw of it", () => {
  assert.equal(judged({ exit: "timed_out" }).cause, "attempt_timeout");
  assert.equal(judged({ exit: "lost" }).cause, "worker_lost");
  assert.equal(judged({ exit: "signal" }).cause, "poster_killed");
  assert.equal(judged({ exit: "media" }).cause, "media_broken");
  assert.equal(judged({ exit: "cancelled", reached: "publishing" }).cause, "stopped");
  const mount: PosterExit = { kind: "media", cause: "media_anything", message: "gone", category: "setup" };
  assert.equal(judged({}, { exit: mount }).category, "setup", "the media check's own word decides");
});

test("an end always has a message, even where stderr is empty", () => {
  for (const exit of Object.keys(EXITS).filter((e) => e !== "0" && e !== "cancelled")) {
    assert.notEqual(judged({ exit }, { stderrTail: " \n" }).evidence.message, "", exit);
  }
});

const silent: [exit: string, says: string, evenIfItPrinted: string][] = [
  ["1", "poster ended with exit code 1", "oops"],
  ["signal", "poster killed by SIGKILL", "oops"],
  ["timed_out", "no end after 600000 ms", "oops"],
  ["cancelled", "stopped", "oops"],
  ["lost", "worker 3 is gone", "worker 3 is gone"],
  ["media", "no moov", "no moov"],
  ["not_started", "spawn /bin/sh ENOENT", "spawn /bin/sh ENOENT"],
];
for (const [exit, says, evenIfItPrinted] of silent)
  test(`an end by ${exit} says "${says}", and if something was printed "${evenIfItPrinted}"`, () => {
    const reached = exit === "cancelled" ? "publishing" : "before";
    const messageOf = (stderrTail: string) => judged({ exit, reached }, { stderrTail }).evidence.message;
    assert.deepEqual([messageOf(" \n"), messageOf("oops\n")], [says, evenIfItPrinted]);
  });

test("evidence holds what there is, and nothing else", () => {
  const bare = judged({}, { said: word("content"), evidence: [] }).evidence;
  assert.deepEqual(Object.keys(bare).sort(), ["message", "step", "typed"]);
  const causeOf = (exit: string) => judged({ exit }).evidence.cause;
  assert.deepEqual(["signal", "not_started"].map(causeOf), ["poster_killed", "poster_not_started"]);
});

test("a structured error that the poster raised is kept", () => {
  const error = { errorName: "WebDriverError", w3c: "element click intercepted" };
  assert.equal(judged({}, { error }).category, "unknown");
});

test("128+N is signal N for real signals only", () => {
  assert.deepEqual([128, 129, 137, 192, 193, 255].map(signalOfCode), [null, 1, 9, 64, null, null]);
  assert.deepEqual([...EXIT_CAUSES.keys()].map(String), TABLED);
  assert.deepEqual(
    [...EXIT_CAUSES.values()].map(({ category, cause }) => `${category}/${cause}`),
    [
      "content/poster_data_error",
      "content/poster_no_input",
      "infrastructure/poster_unavailable",
      "infrastructure/poster_temporary_failure",
      "account/poster_permission",
      "setup/poster_config_error",
      "setup/poster_not_executable",
      "setup/poster_not_found",
    ],
  );
});
