// How well failures are judged that no rule was written for: phrases in sentences, evidence of every kind, real records.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import test from "node:test";
import { classify } from "../../src/core/classify.ts";
import { type Category, type Evidence, isPermanent } from "../../src/core/failure.ts";
import { mayBePublished } from "../../src/core/may-be-published.ts";
import { EVIDENCE } from "./evidence.ts";
import * as P from "./phrases.ts";

const RETRYABLE: Category[] = ["infrastructure", "unknown"];
type Wrap = (phrase: string) => string;

/** Every phrase in every sentence; the sentences judged wrong, with what they were judged as. */
function misjudged(phrases: readonly string[], sentences: readonly Wrap[], right: readonly Category[]): string[] {
  return phrases.flatMap((phrase) =>
    sentences.flatMap((sentence) => {
      const message = sentence(phrase);
      const { category, rule, why } = classify({ message });
      return right.includes(category) ? [] : [`${category} by ${rule} (${why}): ${message}`];
    }),
  );
}

const screens: [what: string, phrases: readonly string[], right: Category[]][] = [
  ["that the account can't post", P.ACCOUNT, ["account"]],
  ["the same in another language", P.ACCOUNT_ABROAD, ["account"]],
  ["that the content can't be posted", P.CONTENT, ["content"]],
];
for (const [what, phrases, right] of screens) {
  test(`a screen that says ${what} is believed, in whatever sentence it is reported`, () => {
    assert.deepEqual(misjudged(phrases, P.SAYING, right), []);
  });
  test(`what only denies, guesses or quotes ${what} is no evidence`, () => {
    assert.deepEqual(misjudged(phrases, P.NOT_SAYING, RETRYABLE), []);
  });
}

const logs: [what: string, phrases: readonly string[], right: Category[]][] = [
  ["media tools", P.CONTENT_TOOLS, ["content"]],
  ["phones, drivers, providers and networks", P.INFRASTRUCTURE, ["infrastructure"]],
  ["an installation that can't post", P.SETUP, ["setup"]],
  ["nobody's proven fault", P.UNKNOWN, ["unknown"]],
];
for (const [what, phrases, right] of logs) {
  test(`words of ${what} are judged right, bare, thrown or in a log`, () => {
    assert.deepEqual(misjudged(phrases, P.LOGGING, right), []);
  });
}

test("structured evidence is judged by its code, its step and its text", () => {
  const wrong = EVIDENCE.flatMap(([evidence, right]) => {
    const { category, rule } = classify(evidence);
    return right.includes(category) ? [] : [`${category} by ${rule}: ${JSON.stringify(evidence)}`];
  });
  assert.deepEqual(wrong, []);
});

test("a screen that shows an upload leaves the post in doubt; one that denies it, or shows anything else, does not", () => {
  const inDoubt = (message: string) => mayBePublished({ message }, "unknown");
  const spoken = (sentences: readonly Wrap[]) => P.UPLOADING.flatMap((p) => sentences.map((s) => s(p)));
  assert.deepEqual(
    spoken(P.SAYING).filter((m) => !inDoubt(m)),
    [],
  );
  assert.deepEqual(spoken(P.DENYING).filter(inDoubt), []);
  const others = [...P.ACCOUNT, ...P.ACCOUNT_ABROAD, ...P.CONTENT, ...P.INFRASTRUCTURE, ...P.SETUP, ...P.UNKNOWN];
  assert.deepEqual(others.filter(inDoubt), []);
});

test("after the tap only a refusal that names account or content is proof; a file's way to the phone is no post", () => {
  const doubt = (evidence: Evidence) => mayBePublished(evidence, classify(evidence).category);
  assert.ok(doubt({ message: "read ECONNRESET", step: "outcome" }));
  assert.ok(doubt({ message: "zxqv", step: "publishing" }));
  assert.ok(doubt({ message: "task failed, failCode: 20003" }));
  assert.ok(!doubt({ message: "We suspended your account", step: "outcome" }));
  assert.ok(!doubt({ message: "Caption is too long", step: "publishing" }));
  assert.ok(!doubt({ message: "read ECONNRESET", step: "sharing" }));
  assert.ok(!doubt({ message: "Uploading... 40%", step: "media" }));
  assert.ok(!doubt({ message: "Upload timeout after 60s (last status: 1)" }));
  assert.ok(!doubt({ message: "the video is being uploaded to the phone" }));
});

// Real records are no part of the project: judged only where they lie beside it.
for (const file of ["failures.jsonl", "stack-errors.jsonl"]) {
  test(`real failures of ${file}: 98 % right, nothing retryable made permanent or the other way round`, (t) => {
    const path = new URL(`../../../shared/data/${file}`, import.meta.url);
    if (!existsSync(path)) return t.skip(`${file} is not on this machine`);
    const rows = readFileSync(path, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Labelled);
    const judged = rows.map((row) => ({ row, ...judgeRow(row) }));
    const wrong = judged.filter((j) => !j.row.accept.includes(j.category));
    assert.ok(wrong.length <= 0.02 * rows.length, `${wrong.length} of ${rows.length} wrong`);
    const turned = wrong.filter((j) => j.row.accept.every((c) => isPermanent(c) !== isPermanent(j.category)));
    assert.deepEqual(
      turned.map((j) => `${j.category}: ${j.row.message}`),
      [],
    );
    assert.deepEqual(
      judged.filter((j) => j.row.uncertain === true && !j.inDoubt).map((j) => j.row.message),
      [],
    );
  });
}

type Labelled = Evidence & { accept: Category[]; uncertain?: boolean; phase?: string; error_name?: string };

function judgeRow(row: Labelled): { category: Category; inDoubt: boolean } {
  const { accept: _, uncertain: __, phase, error_name, ...rest } = row;
  const step = rest.step ?? phase ?? "";
  const errorName = rest.errorName ?? error_name ?? "";
  const evidence: Evidence = { ...rest, ...(step === "" ? {} : { step }) };
  delete evidence.errorName;
  if (errorName !== "") evidence.errorName = errorName;
  const { category } = classify(evidence);
  return { category, inDoubt: mayBePublished(evidence, category) };
}
