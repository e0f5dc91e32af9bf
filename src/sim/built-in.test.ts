import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { BUILT_IN, builtInText } from "./built-in.ts";
import { parseScenario } from "./scenario-file.ts";

for (const name of BUILT_IN) {
  test(`the built-in scenario ${name} is sound, and the same as its file in examples/scenarios`, () => {
    const text = builtInText(name) ?? assert.fail();
    const parsed = parseScenario(text, name);
    assert.ok(parsed.ok, parsed.ok ? "" : parsed.error);
    assert.equal(readFileSync(new URL(`../../examples/scenarios/${name}.yaml`, import.meta.url), "utf8"), text);
  });
}

test("a name of JavaScript's is no scenario", () => assert.equal(builtInText("constructor"), null));
