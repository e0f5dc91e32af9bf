import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { classify, judge } from "./classify.ts";
import type { Rule } from "./classify-rule.ts";
import { RULES, RULES_VERSION } from "./classify-rules.ts";
import { CATEGORIES, type Evidence } from "./failure.ts";
import { millis } from "./ids.ts";

type Case = [why: string, evidence: Evidence, category: string, cause?: string];
const says = (message: string, more: Omit<Evidence, "message"> = {}): Evidence => ({ message, ...more });

const structure: Case[] = [
  [
    "the poster's word beats all",
    says("adb: device offline", { typed: { category: "account", cause: "suspended" }, http: 503 }),
    "account",
    "suspended",
  ],
  [
    "a typed word of a new cause is kept",
    says("", { typed: { category: "content", cause: "too_blue" } }),
    "content",
    "too_blue",
  ],
  [
    "an element's text under a W3C code",
    says("Element 'Log in' banner covered the button", { w3c: "element click intercepted" }),
    "unknown",
    "screen_unexpected",
  ],
  [
    "a suspended banner as an element",
    says("We suspended your account", { w3c: "no such element" }),
    "unknown",
    "screen_unexpected",
  ],
  [
    "WebdriverIO's error name is the code",
    says("We suspended your account", { errorName: "stale element reference" }),
    "unknown",
  ],
  [
    "driver wrap-all: only the text tells",
    says("Error executing adbExec: device offline", { w3c: "unknown error" }),
    "infrastructure",
    "device_offline",
  ],
  [
    "driver wrap-all never blames the account",
    says("Your account has been suspended", { w3c: "unknown error" }),
    "infrastructure",
    "driver_error",
  ],
  [
    "an alert is a screen",
    says("unexpected alert open: {Alert text : Your account has been suspended}", { w3c: "unexpected alert open" }),
    "account",
    "suspended",
  ],
  [
    "another alert",
    says("unexpected alert open: {Alert text : Rate us!}", { w3c: "unexpected alert open" }),
    "unknown",
    "screen_unexpected",
  ],
  ["a lost session", says("gone", { w3c: "invalid session id" }), "infrastructure", "session_lost"],
  [
    "bad capabilities",
    says("'platformName' is required to be present", { w3c: "invalid argument", step: "session" }),
    "setup",
    "bad_capabilities",
  ],
  [
    "provider is down",
    says("HTTP 503 from cloud phone API, try again later", { http: 503 }),
    "infrastructure",
    "provider_error",
  ],
  ["provider limits", says("Too Many Requests", { http: 429 }), "infrastructure", "rate_limited"],
  ["provider key refused", says("Unauthorized", { http: 401 }), "setup", "provider_auth"],
  ["provider forbids", says("Forbidden", { http: 403 }), "setup", "provider_auth"],
  ["an unclear status leaves it to the text", says("caption too long", { http: 400 }), "content", "too_long"],
  ["an unclear status alone", says("bad request", { http: 400 }), "unknown", "http_400"],
  ["media too large", says("", { http: 413 }), "content"],
  ["a connection", says("whatever: account suspended", { errno: "ECONNRESET" }), "infrastructure", "network"],
  [
    "nested system codes: the innermost",
    says("fetch failed", { errno: "UND_ERR_SOCKET EACCES" }),
    "setup",
    "permission_denied",
  ],
  ["a family of system codes", says("fetch failed", { errno: "UND_ERR_HEADERS_TIMEOUT" }), "infrastructure", "network"],
  ["a file of the job's", says("open 'x'", { errno: "ENOENT", step: "media" }), "content"],
  ["a program", says("spawn adb ENOENT", { errno: "ENOENT" }), "setup", "tool_missing"],
  ["a path nobody knows", says("open 'x'", { errno: "ENOENT" }), "unknown", "path"],
  ["a code that is none", says("zxqv", { errno: "1" }), "unknown", "unmatched"],
  ["exit 77", says("boom", { exit: 77 }), "account", "poster_permission"],
  ["exit 65 beats stderr", says("adb: device offline", { exit: 65 }), "content", "poster_data_error"],
  ["exit 127", says("sh: nope: not found", { exit: 127 }), "setup", "poster_not_found"],
  ["exit 137 is signal 9", says("We suspended your account", { exit: 137 }), "infrastructure", "poster_killed"],
  ["exit 255 is judged by its text", says("We suspended your account", { exit: 255 }), "account", "suspended"],
  ["exit 1 is judged by its text", says("adb: device offline", { exit: 1 }), "infrastructure", "device_offline"],
  ["a signal", says("We suspended your account", { signal: "SIGSEGV" }), "infrastructure", "poster_killed"],
  [
    "a time-out that we saw",
    says("We suspended your account", { cause: "attempt_timeout" }),
    "infrastructure",
    "attempt_timeout",
  ],
  ["a lost worker", says("", { cause: "worker_lost" }), "infrastructure", "worker_lost"],
  ["media without a track", says("no video track", { cause: "media_no_video" }), "content", "media_no_video"],
  ["a missing folder of media", says("", { cause: "media_folder_missing" }), "setup", "media_folder_missing"],
  [
    "a poster that can't start",
    says("", { cause: "poster_not_started", errno: "ENOENT" }),
    "setup",
    "poster_not_started",
  ],
  [
    "a poster that can't start now",
    says("", { cause: "poster_not_started", errno: "EAGAIN" }),
    "infrastructure",
    "poster_not_started",
  ],
  [
    "a cause that is not ours is text",
    says("fetch failed", { cause: '["Error: connect ECONNREFUSED"]' }),
    "infrastructure",
    "network",
  ],
  [
    "a step of the machinery without a match",
    says("zxqv", { step: "appium-start" }),
    "infrastructure",
    "appium_start_failed",
  ],
  [
    "a provider's step shows no platform screen",
    says("try again later", { step: "provider" }),
    "infrastructure",
    "provider_failed",
  ],
  ["a provider's code", says("API 42002: Cloud phone is not in running state"), "infrastructure", "phone_unavailable"],
];

const texts: [message: string, category: string, cause?: string][] = [
  ["zxqv unheard of", "unknown", "unmatched"],
  ["", "unknown", "unmatched"],
  // account
  ["We suspended your account", "account", "suspended"],
  ["Your account has been permanently disabled", "account", "disabled"],
  ["Your account was banned for spam.", "account", "banned"],
  ["AccountSuspended: see https://x.example/help", "account", "suspended"],
  ["Confirm it\u2019s you to log in", "account", "challenge"],
  ["Help us confirm you're human", "account", "challenge"],
  ["challenge_required", "account", "challenge"],
  ["We detected an unusual login attempt", "account", "challenge"],
  ["You've been logged out. Please log in again.", "account", "logged_out"],
  ["the app shows its login screen", "account", "logged_out"],
  ["user is not logged in", "account", "logged_out"],
  ["Action Blocked", "account", "action_blocked"],
  ["Try again later", "account", "action_blocked"],
  ["We restrict certain activity to protect our community", "account", "action_blocked"],
  ["Suspended: no appeal is possible", "account", "suspended"],
  ["You can't post because your account was suspended", "account", "suspended"],
  ["This is not a network problem: your account was suspended", "account", "suspended"],
  ["No network error was seen, but your account has been disabled", "account", "disabled"],
  ['There\'s a notice saying "We suspended your account" on the screen', "account", "suspended"],
  ["\u001b[31mWe suspended your account\u001b[0m", "account", "suspended"],
  ["Your account has been locked", "account", "locked"],
  // denied, guessed, advised: no evidence
  ['The feed looks normal, no "action blocked" warning visible', "unknown"],
  ['There are no errors, login screens, or "action blocked" warnings', "unknown"],
  ["The account is not suspended", "unknown"],
  ["Your account isn't banned, without any captcha", "unknown"],
  ["The 'action blocked' dialog did not appear", "unknown"],
  ["account suspended: false, logged out: no", "unknown"],
  ["I could not find any sign that the account was disabled", "unknown"],
  ["The app may have blocked the account or crashed", "unknown"],
  ["If this goes on, your account may be disabled", "unknown"],
  ["a temporary glitch rather than an account restriction", "unknown"],
  // words of others: elements, captions, files
  ["Element 'Log in' banner covered the button", "unknown", "screen_unexpected"],
  ['element ("~We suspended your account") still not displayed after 700ms', "unknown", "screen_unexpected"],
  ['could not type the caption "our account was suspended, we got banned"', "unknown"],
  ["typing caption: my account got banned again", "unknown"],
  ["could not swipe past /vids/account-suspended.mp4", "unknown"],
  ["The Share button was disabled on the account screen", "unknown"],
  ["comments are disabled for this account", "unknown"],
  // infrastructure
  ["adb: device offline", "infrastructure", "device_offline"],
  ["ADB timeout: device 10.0.0.7:5555 never appeared", "infrastructure", "device_offline"],
  ["adb: error: device 'R58M300509' not found", "infrastructure", "device_offline"],
  ["ADB timeout waiting for device", "infrastructure", "adb_failed"],
  ["error: no devices/emulators found", "infrastructure", "device_offline"],
  ["error: device unauthorized.\nThis adb server's $ADB_VENDOR_KEYS is not set", "infrastructure", "device_offline"],
  ["socket hang up", "infrastructure", "network"],
  ["read ECONNRESET", "infrastructure", "network"],
  ["TypeError: fetch failed", "infrastructure", "network"],
  ["UiAutomator2 server crashed", "infrastructure", "automation_crashed"],
  ["Appium did not start within 30 s", "infrastructure", "automation_crashed"],
  ["Command 'x' timed out after 30 seconds", "infrastructure", "timed_out"],
  ["HTTP 502 from the provider", "infrastructure", "provider_error"],
  ["GeeLark API returned 500", "infrastructure", "provider_error"],
  ["Segmentation fault (core dumped)", "infrastructure", "poster_killed"],
  ["cloud phone API is busy, try again later", "infrastructure", "provider_error"],
  ["adb push: No space left on device", "infrastructure", "device_storage_full"],
  ["SyntaxError: Unexpected token 'o', \"oops\" is not valid JSON", "infrastructure", "answer_unreadable"],
  [
    "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
    "infrastructure",
    "host_resources",
  ],
  // setup
  ["Neither ANDROID_HOME nor ANDROID_SDK_ROOT environment variable was exported", "setup", "sdk_missing"],
  ["This version of ChromeDriver only supports Chrome version 114", "setup", "driver_missing"],
  ["Error: Cannot find module 'webdriverio'", "setup", "module_missing"],
  ["ModuleNotFoundError: No module named 'appium'", "setup", "module_missing"],
  [
    "TypeError: Cannot read properties of undefined (reading 'click')\n    at post (/p/poster.ts:3:1)",
    "setup",
    "poster_bug",
  ],
  ["ReferenceError: tapp is not defined", "setup", "poster_bug"],
  ["'Poster' object has no attribute 'driver'", "setup", "poster_bug"],
  ["/bin/sh: 1: appium: not found", "setup", "tool_missing"],
  ["KeyError: 'caption'", "setup", "poster_bug"],
  ["ffmpeg: not found", "setup", "tool_missing"],
  ["the API key is missing", "setup", "bad_config"],
  // content
  ["We removed your post", "content", "rejected"],
  ["moov atom not found", "content", "media_unreadable"],
  ["FileNotFoundError: No such file or directory: '/v/a.mp4'", "content", "media_missing"],
  ["Your caption is too long", "content", "too_long"],
  ["Video can't be posted", "content", "rejected"],
  ["This reel was removed because it goes against our Community Guidelines", "content", "rejected"],
  ["This file type is not supported", "content", "media_unreadable"],
  // unknown with a name
  ["Max steps (30) reached", "unknown", "flow_stuck"],
];

for (const [why, evidence, category, cause] of structure) {
  test(`judged by structure: ${why} -> ${category}`, () => {
    const verdict = classify(evidence);
    assert.equal(verdict.category, category, verdict.why);
    if (cause !== undefined) assert.equal(verdict.cause, cause, verdict.why);
    assert.ok(verdict.rule !== "" && verdict.why !== "");
  });
}

for (const [message, category, cause] of texts) {
  test(`judged by text: ${JSON.stringify(message.slice(0, 60))} -> ${category}`, () => {
    const verdict = classify(says(message));
    assert.equal(verdict.category, category, `${verdict.rule}: ${verdict.why}`);
    if (cause !== undefined) assert.equal(verdict.cause, cause, `${verdict.rule}: ${verdict.why}`);
  });
}

test("a rate limit is uncharged, whoever says it", () => {
  assert.ok(classify(says("429", { http: 429 })).rateLimited);
  assert.ok(classify(says("HTTP 429 Too Many Requests")).rateLimited);
  assert.ok(classify(says("provider: too many requests")).rateLimited);
  assert.ok(classify(says("API 40007: Too many requests")).rateLimited);
  assert.ok(classify(says("", { typed: { category: "infrastructure", cause: "rate_limited" } })).rateLimited);
  assert.ok(classify(says("", { http: 503, retryAfterMs: millis(1000) })).rateLimited);
  assert.ok(!classify(says("", { http: 503 })).rateLimited);
});

test("an action block passes after 24 hours; the poster may say otherwise; other account causes never pass by themselves", () => {
  assert.equal(classify(says("action blocked")).cooldownMs, 86_400_000);
  assert.equal(classify(says("", { typed: { category: "account", cause: "action_blocked" } })).cooldownMs, 86_400_000);
  assert.equal(classify(says("action blocked", { cooldownMs: millis(5) })).cooldownMs, 5);
  assert.equal(classify(says("We suspended your account")).cooldownMs, null);
  assert.equal(classify(says("socket hang up", { cooldownMs: millis(5) })).cooldownMs, null);
});

test("a failure keeps its evidence and the time asked for, so that it can be judged again", () => {
  const evidence = says("Too many requests", { http: 429, retryAfterMs: millis(7000) });
  const failure = judge(evidence);
  assert.equal(failure.retryAfterMs, 7000);
  assert.deepEqual(classify(failure.evidence), classify(evidence));
});

test("a table given instead is asked, highest rank first", () => {
  const own = (id: string, rank: number): Rule => ({
    id,
    category: "content",
    cause: id,
    rank,
    reads: "log",
    any: ["zxqv"],
  });
  const by = (...rules: Rule[]) => classify(says("zxqv"), { user: [], rules }).rule;
  assert.equal(by(own("low", 1), own("high", 9)), "high");
  assert.equal(by({ ...own("all", 1), all: ["qq"] }), "unmatched");
  assert.equal(by({ ...own("none", 1), none: ["/x.v/"] }), "unmatched");
});

test("the rule table is sound: ids once, patterns compile and are linear enough, cooldowns on accounts only", () => {
  assert.ok(RULES_VERSION >= 1);
  assert.equal(new Set(RULES.map((r) => r.id)).size, RULES.length);
  for (const rule of RULES) {
    assert.ok(rule.any.length > 0, rule.id);
    if (rule.cooldownMs !== undefined) assert.equal(rule.category, "account", rule.id);
    if (rule.rateLimited === true) assert.equal(rule.category, "infrastructure", rule.id);
    for (const what of [...rule.any, ...(rule.all ?? []), ...(rule.none ?? [])]) {
      assert.equal(what, what.startsWith("/") ? what : what.toLowerCase(), rule.id);
      assert.doesNotMatch(what, /(?<!\\)\.[*+]|\\\d/, `${rule.id}: unbounded repeat or back-reference`);
    }
  }
});

const word = fc.constantFrom(
  "account",
  "suspended",
  "no",
  "not",
  '"',
  "'",
  "adb",
  "timeout",
  "element",
  "http 503",
  ",",
  ". ",
  "\n",
  "caption:",
  "if",
  "but",
);
const evidenceOf: fc.Arbitrary<Evidence> = fc.record(
  {
    message: fc.oneof(
      fc.string(),
      fc.array(word, { maxLength: 20 }).map((w) => w.join(" ")),
    ),
    step: fc.constantFrom("media", "session", "sharing"),
    typed: fc.record({ category: fc.constantFrom(...CATEGORIES), cause: fc.string() }),
    errorName: fc.string(),
    w3c: fc.constantFrom("no such element", "unknown error", "__proto__", "unexpected alert open"),
    errno: fc.constantFrom("ECONNRESET", "constructor", "ENOENT EACCES", ""),
    http: fc.integer({ min: 0, max: 999 }),
    exit: fc.integer({ min: 0, max: 255 }),
    cause: fc.constantFrom("attempt_timeout", "toString", "media_empty"),
    retryAfterMs: fc.nat().map(millis),
    cooldownMs: fc.nat().map(millis),
  },
  { requiredKeys: ["message"] },
);

test("whatever was seen gets exactly one judgement; only accounts cool down, only infrastructure is rate limited", () =>
  fc.assert(
    fc.property(evidenceOf, (evidence) => {
      const v = classify(evidence);
      assert.ok(CATEGORIES.includes(v.category) && v.rule !== "" && v.why !== "");
      assert.ok(v.cooldownMs === null || v.category === "account");
      assert.ok(!v.rateLimited || v.category === "infrastructure");
      assert.deepEqual(classify(evidence), v);
    }),
    { numRuns: 500 },
  ));

test("under a W3C code of an element no text ever blames the account", () =>
  fc.assert(
    fc.property(fc.array(word, { maxLength: 20 }), (words) => {
      return classify(says(words.join(" "), { w3c: "element click intercepted" })).category === "unknown";
    }),
  ));

test("what a description denies is no evidence, wherever it stands", () => {
  const claim = fc.constantFrom(
    "action blocked",
    "suspended account",
    "captcha",
    "login screen",
    "logged out",
    "account ban",
  );
  const denied = claim.chain((c) =>
    fc.constantFrom(
      `There is no "${c}" warning visible`,
      `without any ${c} notice`,
      `The ${c} message is not shown`,
      `I did not see ${c}`,
      `no popups, errors, or ${c} dialogs are visible`,
    ),
  );
  const neutral = fc.constantFrom("The feed looks normal", "A video is shown", "The button was pressed");
  return fc.assert(
    fc.property(fc.array(fc.oneof(denied, neutral), { minLength: 1, maxLength: 5 }), (sentences) => {
      assert.equal(classify(says(`${sentences.join(". ")}.`)).category, "unknown", sentences.join(". "));
    }),
  );
});
