import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { classify, type RuleBook } from "../core/classify.ts";
import type { Evidence } from "../core/failure.ts";
import { linearPattern } from "./linear-pattern.ts";
import { readRuleBook } from "./rule-file.ts";

const folder = mkdtempSync(join(tmpdir(), "rules-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let made = 0;

function read(...sources: string[]) {
  const files = sources.map((source) => {
    const shown = `r${++made}.yaml`;
    writeFileSync(join(folder, shown), source);
    return { path: join(folder, shown), shown };
  });
  return readRuleBook(files);
}

async function book(...sources: string[]): Promise<RuleBook> {
  const answer = await read(...sources);
  assert.ok(answer.ok, answer.ok ? "" : answer.error);
  return answer.value;
}

/** A rule with these lines more. */
const rule = (...lines: string[]) =>
  [
    "rules:",
    "  - id: mine",
    "    category: infrastructure",
    "    cause: wifi_lost",
    ...lines.map((l) => `    ${l}`),
  ].join("\n");

const refusals: [why: string, yaml: string, error: RegExp][] = [
  [
    "an unknown key, with the nearest",
    rule("txt: x"),
    /^r\d+\.yaml:5: unknown key txt of a rule; did you mean text\?$/,
  ],
  ["an unknown key above", "rulez: []", /^r\d+\.yaml:1: unknown key rulez; known: rules/],
  ["broken YAML", "rules:\n  - {id: a", /^r\d+\.yaml:\d+: is not sound YAML/],
  ["no list", "rules: 3", /^r\d+\.yaml:1: rules must be a list of rules/],
  ["no map", "rules:\n  - 3", /^r\d+\.yaml:2: a rule must be a map/],
  ["no id", "rules:\n  - category: account", /^r\d+\.yaml:2: a rule has no id/],
  [
    "a wrong category",
    "rules:\n  - id: a\n    category: acount\n    cause: b\n    text: x",
    /:3: category is "acount": must be one of .*; did you mean account\?/,
  ],
  [
    "a wrong cause",
    "rules:\n  - id: a\n    category: account\n    cause: Not Snake\n    text: x",
    /:4: cause is "Not Snake": must be a short snake_case name/,
  ],
  ["no condition", rule(), /^r\d+\.yaml:2: rule mine fits every failure: give it at least one of text, step/],
  ["a pattern that is none", rule('text: "(a"'), /:5: text is "\(a": is no pattern .*missing closing/],
  ["look-ahead", rule('text: "(?=a)b"'), /:5: text .*look-ahead and look-behind are not taken: use not_text/],
  ["back-references", rule("text: '(a)\\1'"), /:5: text .*back-references are not taken/],
  ["a pattern that fits everything", rule('text: "a*"'), /:5: .*matches the empty text/],
  ["a pattern that repeats too much", rule('text: "a{900}b{900}"'), /:5: .*repeats too much/],
  [
    "a cooldown of no account",
    rule("text: x", "cooldown: 1h"),
    /:6: cooldown is "1h": goes with category account only/,
  ],
  ["a wrong time", rule("text: x", "retry_after: soon"), /:6: retry_after is "soon": must be a time/],
  ["a wrong status", rule("http: 5xx"), /:5: http is "5xx": must be numbers up to 999, or ranges such as 500-599/],
  ["a wrong word", rule("said: wifi"), /:5: said is "wifi": must be a poster's typed word/],
  ["no yes or no", rule("text: x", "unconfirmed: maybe"), /:6: unconfirmed is "maybe": must be true or false/],
];
for (const [why, yaml, error] of refusals) {
  test(`a rule file is refused with its line: ${why}`, async () => {
    const answer = await read(yaml);
    assert.match(answer.ok ? "taken" : answer.error, error);
  });
}

test("a file that is not there, and an id given twice over two files, are refused by name", async () => {
  const gone = await readRuleBook([{ path: join(folder, "gone.yaml"), shown: "gone.yaml" }]);
  assert.match(gone.ok ? "" : gone.error, /^gone\.yaml does not exist/);
  const twice = await read(rule("text: a"), rule("text: b"));
  assert.match(twice.ok ? "" : twice.error, /^r\d+\.yaml:2: rule mine is there already/);
});

const fits: [why: string, condition: string[], fit: Evidence, not: Evidence][] = [
  [
    "a text, upper or lower case",
    ["text: 'wi-?fi (lost|gone)'"],
    { message: "WiFi LOST" },
    { message: "wifi is fine" },
  ],
  ["one of a list of texts", ["text: [gone, lost]"], { message: "it got lost" }, { message: "it stayed" }],
  [
    "a text that must not be there",
    ["text: lost", "not_text: found"],
    { message: "lost" },
    { message: "lost and found" },
  ],
  ["a step", ["step: [opening, typing]"], { message: "", step: "typing" }, { message: "", step: "sharing" }],
  ["a W3C code", ["w3c: No Such Element"], { message: "", w3c: "no such element" }, { message: "", w3c: "timeout" }],
  [
    "a system code among nested ones",
    ["errno: econnreset"],
    { message: "", errno: "UND_ERR ECONNRESET" },
    { message: "", errno: "EPIPE" },
  ],
  ["a status in a range", ["http: [418, 520-529]"], { message: "", http: 524 }, { message: "", http: 500 }],
  ["an exit code", ["exit: 42"], { message: "", exit: 42 }, { message: "", exit: 1 }],
  ["a provider's code", ["provider: 43004"], { message: "API 43004: expired" }, { message: "API 43005: busy" }],
  [
    "the poster's typed word",
    ["said: content/blue"],
    { message: "", typed: { category: "content", cause: "blue" } },
    { message: "", typed: { category: "content", cause: "red" } },
  ],
  ["all conditions together", ["text: x", "http: 500"], { message: "x", http: 500 }, { message: "x", http: 501 }],
];
for (const [why, lines, fit, not] of fits) {
  test(`a rule asks for ${why}`, async () => {
    const own = await book(rule(...lines));
    assert.equal(classify(fit, own).rule, "user:mine");
    assert.notEqual(classify(not, own).rule, "user:mine");
  });
}

test("a user's rule comes before the poster's word, before codes and before our text rules; the first of them wins", async () => {
  const own = await book(rule("text: suspended"), rule("text: suspended").replace("mine", "later"));
  const says = (more: Partial<Evidence>) => classify({ message: "We suspended your account", ...more }, own).rule;
  assert.deepEqual(
    [says({}), says({ http: 503 }), says({ typed: { category: "account", cause: "suspended" } })],
    ["user:mine", "user:mine", "user:mine"],
  );
});

test("a rule brings its cooldown, its Retry-After and its doubt; what the evidence says is stronger", async () => {
  const account = rule("text: closed", "cooldown: 48h").replace("infrastructure", "account");
  assert.equal(classify({ message: "closed" }, await book(account)).cooldownMs, 48 * 3_600_000);
  const limited = classify({ message: "slow" }, await book(rule("text: slow", "retry_after: 5m")));
  assert.deepEqual([limited.rateLimited, limited.retryAfterMs], [true, 300_000]);
  assert.equal(classify({ message: "sent" }, await book(rule("text: sent", "unconfirmed: true"))).unconfirmed, true);
});

test("no pattern of a user's takes more than linear time", async () => {
  const bombs = [
    "(a+)+$",
    "(a|aa)+b",
    "(x+x+)+y",
    "([a-z]+)*\\d",
    "(.*a){20}",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "(a?){50}a{50}b",
  ];
  for (const bomb of bombs) {
    const finder = await linearPattern(bomb);
    assert.ok(finder.ok, finder.ok ? "" : finder.error);
    const from = process.cpuUsage().user;
    finder.value(`${"a".repeat(12_000)}!`);
    // a backtracking engine would not come back at all
    assert.ok(process.cpuUsage().user - from < 5_000_000, bomb);
  }
});
