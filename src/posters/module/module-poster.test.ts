import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { type Appium, AppiumFailure, type AppiumSession } from "../../appium/appium.ts";
import { millis } from "../../core/ids.ts";
import { type PosterEnd, type PosterExit, type Reached, readPosterEnd } from "../../core/poster-end.ts";
import { settleEnd } from "../../core/settle-end.ts";
import { type Act, aTask, hooksOf, posterContract, tempFolder } from "../posters.contract.ts";
import type { Poster } from "../posters.ts";
import { createModulePoster } from "./module-poster.ts";

const never = new AbortController().signal;
const GO = { go: true } as const;
const NO_APPIUM: Appium = {
  open: () => Promise.reject(new AppiumFailure("setup", "appium_missing", "Appium is not installed here")),
  close: async () => {},
  kill: () => {},
};

/** Acts of the contract as a poster would write them; posts are lines of posts.txt. */
const ACTS: Record<Act, string> = {
  ok: "await ctx.publish(tap); ctx.posted({ url: 'https://feed.test/1' });",
  "silent-ok": "",
  fail: "throw new Error('adb: device offline');",
  refused: "await ctx.publish(async () => { throw new ContentFailure('rejected', 'Video could not be decoded'); });",
  unconfirmed: "await ctx.publish(tap); throw new Error('lost the phone');",
  hang: "await new Promise(() => {});",
  "hang-after-intent": "await ctx.publish(async () => { tap(); await new Promise(() => {}); });",
  "cannot-tell": "",
};

function write(folder: string, body: string, rest = ""): string {
  const file = join(folder, "poster.ts");
  writeFileSync(
    file,
    `import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { AccountFailure, ContentFailure, InfrastructureFailure, definePoster, type PosterContext } from "reprise";
const sink = ${JSON.stringify(join(folder, "posts.txt"))};
export default definePoster({ name: "test", platform: "insta",
  async post(ctx: PosterContext) {
    const tap = async () => appendFileSync(sink, ctx.job.id + "\\n");
    ctx.step("opening");
    ${body}
  },
  ${rest}
});
`,
  );
  return file;
}

const LOOK = `async verify(ctx) {
    const posts = existsSync(sink) ? readFileSync(sink, "utf8").split("\\n") : [];
    return { posted: posts.includes(ctx.job.id) };
  },`;

const open = (file: string, more: { appium?: Appium; graceMs?: number; hidden?: string[] } = {}): Poster =>
  createModulePoster({ file, seed: 1, appium: NO_APPIUM, hidden: [], graceMs: 100, ...more });

posterContract(
  "module",
  async (act, folder) => {
    const rest = act === "cannot-tell" ? "async verify() { return { posted: null }; }," : LOOK;
    const sink = join(folder, "posts.txt");
    const posts = () => (existsSync(sink) ? readFileSync(sink, "utf8").trim().split("\n") : []);
    return { poster: open(write(folder, ACTS[act], rest)), posts };
  },
  { canBeSilent: false },
);

async function endOf(t: TestContext, body: string, more: Parameters<typeof open>[1] = {}): Promise<PosterEnd> {
  const folder = tempFolder(t);
  return open(write(folder, body), more).post(aTask(folder), hooksOf(GO), never);
}

/** What becomes of the job. */
function settled(reached: Reached, end: PosterEnd) {
  const spent = { infrastructure: 0, unknown: 0, rateLimits: 0 };
  const { settlement } = settleEnd({ reached, end, spent, now: 0 as never, cancelledAs: "stopped" });
  const { attempt } = settlement;
  const failure = "failure" in attempt ? `${attempt.failure.category}/${attempt.failure.cause}` : null;
  return [attempt.phase, failure];
}

const PUBLISH = "await ctx.publish(tap);";
const ends: [title: string, body: string, Reached, ReturnType<typeof settled>][] = [
  [
    "a typed failure is believed",
    "throw new AccountFailure('suspended', 'x')",
    "before",
    ["failed", "account/suspended"],
  ],
  [
    "typed as infrastructure",
    "throw new InfrastructureFailure('slow', 'x')",
    "before",
    ["failed", "infrastructure/slow"],
  ],
  [
    "a W3C code",
    "throw Object.assign(new Error('WebDriverError: x'), { name: 'no such element' })",
    "before",
    ["failed", "unknown/screen_unexpected"],
  ],
  [
    "a system code below others",
    "throw new Error('a', { cause: new TypeError('fetch failed', { cause: Object.assign(new Error('b'), { code: 'ECONNRESET' }) }) })",
    "before",
    ["failed", "infrastructure/network"],
  ],
  [
    "an HTTP status",
    "throw Object.assign(new Error('upload'), { status: 503 })",
    "before",
    ["failed", "infrastructure/provider_error"],
  ],
  ["a mistake in the poster", "ctx.nothing.there();", "before", ["failed", "setup/poster_bug"]],
  ["a name that is not defined", "tapp();", "before", ["failed", "setup/poster_bug"]],
  [
    "an account refused after the tap",
    `${PUBLISH} throw new AccountFailure('suspended', 'x')`,
    "publishing",
    ["failed", "account/suspended"],
  ],
  [
    "trouble after the tap proves nothing",
    `${PUBLISH} throw new InfrastructureFailure('slow', 'x')`,
    "publishing",
    ["unconfirmed", "unknown/unmatched"],
  ],
  ["a mistake after the tap proves nothing", `${PUBLISH} tapp();`, "publishing", ["unconfirmed", "setup/poster_bug"]],
  ["an end without error after the tap is a post", PUBLISH, "publishing", ["posted", null]],
  [
    "posted() holds, whatever comes after",
    `${PUBLISH} ctx.posted(); throw new Error('late')`,
    "publishing",
    ["posted", null],
  ],
];
for (const [title, body, reached, want] of ends) {
  test(`how an end is judged: ${title}`, async (t) => {
    const end = await endOf(t, body);
    assert.deepEqual(settled(reached, end), want, JSON.stringify(end));
    assert.equal(end.gotGo, reached === "publishing");
  });
}

test("a mistake is told with the line of the poster's own file", async (t) => {
  const end = await endOf(t, "ctx.nothing.there();");
  assert.match(end.stderrTail, /TypeError: .*\n\s+at .*poster\.ts:8:/);
});

test("the tap runs once: a second publish is refused, and the first stands", async (t) => {
  const end = await endOf(t, "await ctx.publish(tap); await ctx.publish(tap);");
  assert.match(end.stderrTail, /publish\(\) may be called once/);
  assert.deepEqual(settled("publishing", end)[0], "unconfirmed");
});

test("without go the attempt is cancelled, even if the poster swallows the refusal", async (t) => {
  const folder = tempFolder(t);
  const poster = open(write(folder, "await ctx.publish(tap).catch(() => {});"));
  const end = await poster.post(aTask(folder), hooksOf({ go: false, reason: "stopping" }), never);
  assert.equal(existsSync(join(folder, "posts.txt")), false);
  assert.deepEqual(readPosterEnd("before", end), { type: "cancelled", noGo: "stopping" });
});

test("a stop while the intent is asked for: the refusal that follows it is told, so the job is not unconfirmed", async (t) => {
  const folder = tempFolder(t);
  const hooks = hooksOf();
  const over = new AbortController();
  const running = open(write(folder, PUBLISH)).post(aTask(folder), hooks, over.signal);
  await hooks.asked;
  over.abort({ kind: "cancelled" } satisfies PosterExit);
  setImmediate(() => hooks.answer({ go: false, reason: "stopping" }));
  assert.deepEqual(readPosterEnd("publishing", await running), { type: "cancelled", noGo: "stopping" });
  assert.equal(existsSync(join(folder, "posts.txt")), false);
});

test("code that does not end is left running, and its worker is told so; code that heeds the signal is not", async (t) => {
  for (const [body, isStuck] of [
    ["await new Promise(() => {});", true],
    ["await new Promise((_, no) => ctx.signal.addEventListener('abort', () => no(new Error('ok'))));", false],
    ["await ctx.publish(() => new Promise(() => {}));", false],
  ] as const) {
    const folder = tempFolder(t);
    const hooks = hooksOf(GO);
    const over = new AbortController();
    const running = open(write(folder, body)).post(aTask(folder), hooks, over.signal);
    const reason: PosterExit = { kind: "timed_out", afterMs: millis(5) };
    setTimeout(() => over.abort(reason), 100);
    assert.deepEqual((await running).exit, reason);
    assert.equal(hooks.heard.includes("stuck"), isStuck, body);
  }
});

test("a file that can't be used is a setup failure that names file and line", async (t) => {
  const cases: [name: string, text: string, want: RegExp][] = [
    ["a.ts", "export default {\n  post( {\n};\n", /a\.ts:\d: SyntaxError/],
    ["b.mjs", "export default {\n  post( {\n};\n", /b\.mjs:3: SyntaxError/],
    ["c.ts", "\nthrow new Error('at load');\nexport default 1;", /c\.ts:2: Error: at load/],
    [
      "d.ts",
      "import x from 'no-such-package';\nexport default x;",
      /d\.ts: Error: Cannot find package 'no-such-package'/,
    ],
    ["e.ts", "export const post = 1;", /e\.ts:1: it has no default export; a poster is: export default definePoster/],
    ["f.ts", "export default { name: 'f', platform: 'x' };", /f\.ts:1: its default export has no function post/],
  ];
  for (const [name, text, want] of cases) {
    const folder = tempFolder(t);
    const file = join(folder, name);
    writeFileSync(file, text);
    const end = await open(file).post(aTask(folder), hooksOf(GO), never);
    assert.deepEqual(settled("before", end), ["failed", "setup/poster_not_loadable"], name);
    assert.match(end.said?.type === "not_posted" ? end.said.message : "", want);
  }
});

test("a job of another platform is not posted; a check that fails ends the attempt before it began", async (t) => {
  const folder = tempFolder(t);
  const task = aTask(folder);
  const wrong = await open(write(folder, PUBLISH)).post(
    { ...task, job: { ...task.job, platform: "tok" } },
    hooksOf(GO),
    never,
  );
  assert.deepEqual(settled("before", wrong), ["failed", "setup/wrong_platform"]);
  const other = tempFolder(t);
  const checked = open(write(other, PUBLISH, "async check() { throw new InfrastructureFailure('no_signal', 'x'); },"));
  assert.deepEqual(settled("before", await checked.post(task, hooksOf(GO), never)), [
    "failed",
    "infrastructure/no_signal",
  ]);
});

test("times of a typed failure are seconds, and secrets are taken out of what is told", async (t) => {
  const end = await endOf(
    t,
    "throw new AccountFailure('blocked', 'try later, token hunter22', { cooldown: 90, retryAfter: 1.5 });",
    {
      hidden: ["hunter22"],
    },
  );
  assert.ok(end.said?.type === "not_posted");
  const { message, cooldownMs, retryAfterMs } = end.said;
  assert.deepEqual([message, cooldownMs, retryAfterMs], ["try later, token [redacted]", 90_000, 1500]);
  assert.doesNotMatch(JSON.stringify(end), /hunter22/);
});

/** A session that counts how often it was ended. */
function fakeAppium(): Appium & { ended: number } {
  const appium = {
    ended: 0,
    open: async (): Promise<AppiumSession> => ({
      browser: { tap: () => "tapped" },
      screenshot: async () => Buffer.from("picture"),
      source: async () => "<screen/>",
      end: async () => void appium.ended++,
    }),
    close: async () => {},
    kill: () => {},
  };
  return appium;
}

test("a failed attempt keeps picture and source of the screen, and the session ends with it", async (t) => {
  const appium = fakeAppium();
  const body =
    "const d = await ctx.driver({}); await ctx.driver({}); ctx.log(d.tap()); await ctx.evidence('../note', Buffer.from('x')); throw new Error('no')";
  const folder = tempFolder(t);
  const hooks = hooksOf(GO);
  const end = await open(write(folder, body), { appium }).post(aTask(folder), hooks, never);
  assert.deepEqual(
    end.evidence.map((f) => f.slice(folder.length + 1)),
    ["_note", "failure.png", "failure.source.txt"],
  );
  assert.deepEqual(readdirSync(folder).sort(), ["_note", "failure.png", "failure.source.txt", "poster.ts"]);
  assert.deepEqual([appium.ended, end.step], [1, "opening"]);
  assert.deepEqual(hooks.heard, ["spoke", "step opening", "step session", "log tapped"]);
});

test("a driver that can't be had fails in the step session, as Appium says", async (t) => {
  const end = await endOf(t, "await ctx.driver({});");
  assert.equal(end.step, "session");
  assert.deepEqual(settled("before", end), ["failed", "setup/appium_missing"]);
});

test("a check asks the poster's own check about the account; a poster without one has no answer", async (t) => {
  const folder = tempFolder(t);
  const check =
    "async check(ctx) { if (ctx.job.account === 'anna') throw new AccountFailure('challenge', 'a code'); },";
  const end = await open(write(folder, "", check)).check(aTask(folder), hooksOf(GO), never);
  assert.equal(end?.said?.type === "not_posted" && end.said.cause, "challenge");
  const ben = { ...aTask(folder), job: { ...aTask(folder).job, account: "ben" } };
  const well = await open(write(folder, "", check)).check(ben, hooksOf(GO), never);
  assert.deepEqual([well?.said, well?.exit], [null, { kind: "code", code: 0 }]);
  assert.equal(await open(write(tempFolder(t), "")).check(aTask(folder), hooksOf(GO), never), null);
});
