import assert from "node:assert/strict";
import test from "node:test";
import { parseCommand } from "./faults.ts";

const table: [line: string, want: RegExp | "taken"][] = [
  ['{"do":"state"}', "taken"],
  ['{"do":"drop_after","bytes":1000}', "taken"],
  ['{"do":"reboot"}', "taken"],
  ['{"do":"mode","mode":"suspended"}', "taken"],
  ['{"do":"on_share","fault":{"do":"drop"}}', "taken"],
  ['{"do":"on_share","fault":{"do":"explode"}}', /^a value of on_share is missing or wrong/],
  ['{"do":"on_share"}', /^a value of on_share is missing or wrong/],
  ["state", /^not JSON: state$/],
  ["[1]", /^no such command: undefined \(there are state, /],
  ['{"do":"explode"}', /^no such command: explode/],
  ['{"do":"toString"}', /^no such command: toString/],
  ['{"do":"drop_after"}', /^a value of drop_after is missing or wrong/],
  ['{"do":"mode","mode":"sleepy"}', /^a value of mode is missing or wrong/],
  ['{"do":"welcome","how":"kindly"}', /^a value of welcome is missing or wrong/],
];
for (const [line, want] of table) {
  test(`the phone's command ${line} is ${want === "taken" ? "taken" : "refused with a reason"}`, () => {
    const command = parseCommand(line);
    if (want === "taken") assert.deepEqual(command, JSON.parse(line));
    else assert.match(String(command), want);
  });
}
