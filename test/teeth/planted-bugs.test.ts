import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { PLANTED_BUGS } from "./planted-bugs.ts";

test("every planted bug still fits the code it was written for", () => {
  for (const { name, edits } of PLANTED_BUGS)
    for (const { file, find } of edits) {
      const text = readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), "utf8");
      assert.equal(text.split(find).length, 2, `${name}: ${file} does not hold exactly once: ${find}`);
    }
});
