import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { BUILT_IN, builtInText } from "./built-in.ts";
import { OUTCOMES } from "./scenario.ts";
import { KEYS, parseScenario } from "./scenario-file.ts";

for (const name of BUILT_IN) {
  test(`the built-in scenario ${name} is sound, and the same as its file in examples/scenarios`, () => {
    const text = builtInText(name) ?? assert.fail();
    const parsed = parseScenario(text, name);
    assert.ok(parsed.ok, parsed.ok ? "" : parsed.error);
    assert.equal(readFileSync(new URL(`../../examples/scenarios/${name}.yaml`, import.meta.url), "utf8"), text);
  });
}

test("a name of JavaScript's is no scenario", () => assert.equal(builtInText("constructor"), null));

const guide = readFileSync(new URL("../../docs/guide/simulate.md", import.meta.url), "utf8");

test("every scenario that the guide shows is sound, and the built-in ones are shown as they are", () => {
  const shown = [...guide.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = ""]) => text);
  for (const text of shown) {
    const parsed = parseScenario(text, "guide");
    assert.ok(parsed.ok, parsed.ok ? "" : `${parsed.error}\n${text}`);
  }
  for (const name of BUILT_IN) assert.ok(shown.includes(builtInText(name) ?? ""), name);
});

test("the guide has a word on every key and every outcome", () => {
  for (const word of [...OUTCOMES, ...Object.values(KEYS).flat()]) assert.ok(guide.includes(`\`${word}\``), word);
});
