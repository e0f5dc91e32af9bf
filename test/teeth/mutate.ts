// node test/teeth/mutate.ts [--only FILE] [--from N]
// Mutation testing of the deciding files of core: each mutant must be noticed by that file's own unit tests. A mutant costs one
// start of its tests (about half a second); nothing else is run. Exit 0: at least 90 % are killed.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Mutant, mutantsOf } from "./mutants.ts";

/** `claim` holds types alone: nothing in it can be wrong at run time. */
const FILES = ["attempt", "halt", "limits", "pass", "poster-end", "retry", "settle-end", "tally", "verify"];
const ENOUGH = 0.9;
const LONGEST_MS = 30_000;

const { values } = parseArgs({ options: { only: { type: "string" } } });
const root = fileURLToPath(new URL("../..", import.meta.url));
const copy = mkdtempSync(join(tmpdir(), "mutants-"));
let [killed, all] = [0, 0];
try {
  for (const part of ["src", "test/rig", "package.json"])
    cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  for (const name of FILES) if (values.only === undefined || values.only === name) judge(name);
} finally {
  rmSync(copy, { recursive: true, force: true });
}
console.log(`${killed} of ${all} mutants killed (${((100 * killed) / Math.max(1, all)).toFixed(1)} %)`);
process.exitCode = killed >= ENOUGH * all ? 0 : 1;

function judge(name: string): void {
  const path = join(copy, "src/core", `${name}.ts`);
  const source = readFileSync(path, "utf8");
  const mutants = mutantsOf(source, path);
  if (!passes(name)) throw new Error(`the tests of ${name} do not even pass without a mutant`);
  const survivors: Mutant[] = [];
  for (const mutant of mutants) {
    writeFileSync(path, mutant.text);
    if (passes(name)) survivors.push(mutant);
  }
  writeFileSync(path, source);
  killed += mutants.length - survivors.length;
  all += mutants.length;
  console.log(`${name}: ${mutants.length - survivors.length} of ${mutants.length} killed`);
  for (const { line, what } of survivors) console.log(`  survived: ${name}.ts:${line}  ${what}`);
}

function passes(name: string): boolean {
  const test = join(copy, "src/core", `${name}.test.ts`);
  const { status } = spawnSync(process.execPath, [test], { cwd: copy, stdio: "ignore", timeout: LONGEST_MS });
  return status === 0;
}
