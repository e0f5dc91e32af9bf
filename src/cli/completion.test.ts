// Completion as the shells themselves see it: each script is loaded by its own shell and asked what may follow.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { SHELLS, type Shell } from "./completion-scripts.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const bin = join(root, "bin/reprise.mjs");
const here = mkdtempSync(join(tmpdir(), "reprise-completion-"));
after(() => rmSync(here, { recursive: true, force: true }));
const env = { PATH: `${here}:${process.env.PATH}`, HOME: here, LC_ALL: "C.UTF-8" };
const reprise = (...args: string[]) =>
  spawnSync(process.execPath, [bin, ...args], { cwd: here, encoding: "utf8", env });

before(() => {
  writeFileSync(join(here, "reprise"), `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`, { mode: 0o755 });
  const rows = ["j 1", "j2"].map((id) => JSON.stringify({ id, account: `of-${id.replace(" ", "")}`, media: "m.mp4" }));
  writeFileSync(join(here, "jobs.jsonl"), rows.join("\n"));
  assert.equal(reprise("import", "jobs.jsonl", "--state-dir", "other").status, 0);
  for (const shell of SHELLS) writeFileSync(join(here, `script.${shell}`), reprise("completion", shell).stdout);
});

const PROGRAMS: Record<Shell, (words: readonly string[]) => { args: string[]; program: string }> = {
  bash: (words) => ({
    args: [
      "--norc",
      "-c",
      `source ./script.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); compopt() { echo @files; }; _reprise; printf "%s\\n" "\${COMPREPLY[@]}"`,
      "bash",
      ...words,
    ],
    program: "bash",
  }),
  zsh: (words) => ({
    args: [
      "-f",
      "-c",
      'compdef() { :; }; compadd() { shift; print -l -- "$@"; }; _files() { print @files; }; words=("$@"); CURRENT=$#; source ./script.zsh; _reprise',
      "zsh",
      ...words,
    ],
    program: "zsh",
  }),
  fish: (words) => ({
    args: [
      "--no-config",
      "-c",
      'source ./script.fish; complete -C "$argv" | string split -f1 \\t',
      "--",
      words.join(" "),
    ],
    program: "fish",
  }),
};

function complete(shell: Shell, line: string): string[] {
  const { program, args } = PROGRAMS[shell](line.split(" "));
  const ran = spawnSync(program, args, { cwd: here, encoding: "utf8", env });
  assert.equal(ran.stderr, "");
  return ran.stdout
    .split("\n")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}

const table: [why: string, line: string, has: string[], lacks: string[]][] = [
  ["commands", "reprise ", ["run", "jobs", "doctor", "completion"], ["__complete", "list"]],
  ["the verbs of a group", "reprise jobs ", ["list", "retry", "mark-posted"], ["run"]],
  ["flags of a command", "reprise run --max", ["--max-passes"], []],
  ["global flags", "reprise jobs list --st", ["--status", "--state-dir"], []],
  ["words of a flag", "reprise jobs list --status ", ["pending", "unconfirmed"], ["--json"]],
  ["words of a flag of run", "reprise run --renderer ", ["lines", "json"], []],
  ["past a flag's value", "reprise --state-dir jobs accounts ", ["list", "release"], ["retry"]],
  ["topics of help", "reprise help exit", ["exit-codes"], []],
  ["shells", "reprise completion ", ["bash", "zsh", "fish"], []],
  ["accounts of the ledger named", "reprise --state-dir other accounts hold ", ["of-j1", "of-j2"], []],
  ["jobs of the ledger named", "reprise jobs show --state-dir other j2", ["j2"], []],
  ["jobs that a verb is for", "reprise jobs --state-dir other retry ", [], ["j2"]],
  ["no ledger", "reprise accounts hold ", [], ["of-j1"]],
];
for (const shell of SHELLS) {
  const isHere = ["/bin", "/usr/bin", "/usr/local/bin"].some((folder) => existsSync(join(folder, shell)));
  for (const [why, line, has, lacks] of table) {
    test(`${shell} completes ${why}`, { skip: isHere ? false : `no ${shell} here` }, () => {
      const found = complete(shell, line);
      for (const word of has) assert.ok(found.includes(word), `${word} is not in ${found.join(" ")}`);
      for (const word of lacks) assert.ok(!found.includes(word), `${word} is in ${found.join(" ")}`);
    });
  }
}

test("job files are completed as files", { skip: existsSync("/bin/bash") ? false : "no bash here" }, () => {
  assert.deepEqual(complete("bash", "reprise run "), ["@files"]);
  assert.deepEqual(complete("bash", "reprise run --exec "), ["@files"]);
});

test("a job id with a blank stays one word", { skip: existsSync("/bin/bash") ? false : "no bash here" }, () => {
  assert.deepEqual(complete("bash", "reprise --state-dir other jobs show "), ["j\\ 1", "j2"]);
});

test("a shell nobody knows is refused with those that are", () => {
  const { status, stderr } = reprise("completion", "tcsh");
  assert.equal(status, 2);
  assert.match(stderr, /^usage: completion: "tcsh" is not known; give bash, zsh, fish/);
});

test("help says how completion is installed and hides what is not for people", () => {
  assert.match(reprise("--help").stdout, /reprise completion --help/);
  assert.doesNotMatch(reprise("--help").stdout, /__complete/);
  assert.match(reprise("completion", "--help").stdout, /completions\/reprise/);
});
