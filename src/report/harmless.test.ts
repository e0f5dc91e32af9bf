import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { brief, harmless, jsonLine } from "./harmless.ts";

test("what was taken out of a text stays visible", () => {
  assert.equal(harmless("a\u001b[31mb\r\nc\u202ed\u0007"), "a\\x1b[31mb c\\u202ed\\x07");
  assert.equal(harmless("Grüße 🎉 @ana"), "Grüße 🎉 @ana");
});

test("no text keeps a control character or a lone surrogate", () => {
  void fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const shown = harmless(text);
      return !/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(shown) && shown.isWellFormed();
    }),
  );
});

test("a long text is cut between letters", () => {
  assert.equal(brief("🎉🎉🎉🎉🎉🎉", 5), "🎉🎉...");
  assert.equal(brief(" short ", 5), "short");
});

test("a JSON line is one line, harmless, and reads back the same", () => {
  void fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const line = jsonLine({ text });
      return !/[\p{Cc}\u2028\u2029]/u.test(line) && JSON.parse(line).text === text;
    }),
  );
});
