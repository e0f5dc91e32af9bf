import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest } from "./nearest.ts";

const keys = ["workers", "passes", "retry", "limits", "min_gap"];
const table: [word: string, want: string | null][] = [
  ["worker", "workers"],
  ["pases", "passes"],
  ["Retry", "retry"],
  ["rerty", "retry"],
  ["min-gap", "min_gap"],
  ["colour", null],
  ["", null],
];
for (const [word, want] of table) test(`"${word}" was meant as ${want}`, () => assert.equal(nearest(word, keys), want));
