import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { millis } from "../core/ids.ts";
import { parseDuration, showDuration } from "./duration.ts";

const table: [text: string, want: number | null][] = [
  ["30", 30_000],
  ["30s", 30_000],
  ["5m", 300_000],
  ["2h", 7_200_000],
  ["500ms", 500],
  ["1d", 86_400_000],
  ["1.5h", 5_400_000],
  ["0", 0],
  [" 3 s ", 3000],
  ["-1", null],
  ["", null],
  ["soon", null],
  ["5 minutes", null],
  ["1h30m", null],
  ["0x10", null],
];
for (const [text, want] of table) test(`"${text}" lasts ${want} ms`, () => assert.equal(parseDuration(text), want));

test("a duration shown is read back as the same", () =>
  fc.assert(fc.property(fc.nat(1e10), (ms) => parseDuration(showDuration(millis(ms))) === ms)));
