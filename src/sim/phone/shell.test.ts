import assert from "node:assert/strict";
import test from "node:test";
import { runLine } from "./shell.ts";
import { parseLine } from "./shell-line.ts";
import { type ShellWorld, said } from "./shell-world.ts";

const world: ShellWorld = {
  run: (name, args) => (name === "echo" ? said(`${args.join(" ")}\n`) : said("", name === "true" ? 0 : 1)),
  stay: () => {},
};

const lines: [line: string, out: string, code: number][] = [
  ["echo a b", "a b\n", 0],
  ["echo 'a;b' \"c && d\"", "a;b c && d\n", 0],
  ["echo a\\ b", "a b\n", 0],
  ["false; echo __rc=$?", "__rc=1\n", 0],
  ["true && echo yes || echo no", "yes\n", 0],
  ["false && echo yes || echo no", "no\n", 0],
  ["echo one; echo two", "one\ntwo\n", 0],
  ["echo one | grep one", "one\n", 0],
  ["echo one | grep two", "", 1],
  ["echo before; exit 7; echo after", "before\n", 7],
  ["echo quiet 2>/dev/null", "quiet\n", 0],
  ["", "", 0],
];
for (const [line, out, code] of lines) {
  test(`the phone's shell runs: ${line}`, () => assert.deepEqual(runLine(line, world), { out, code }));
}

test("quotes are taken off once, and never split a word", () => {
  assert.deepEqual(parseLine(`am start -n 'a/.B' --es k "v w"`), [
    { words: ["am", "start", "-n", "a/.B", "--es", "k", "v w"], before: ";" },
  ]);
});
