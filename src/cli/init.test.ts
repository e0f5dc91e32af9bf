// A written project, run as it is.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { LANGUAGES } from "../init/init.ts";
import type { Cli } from "./cli.ts";
import { lazyCompose } from "./compose.ts";
import { execute } from "./main.ts";

const bin = fileURLToPath(new URL("../../bin/reprise.mjs", import.meta.url));
const limit = { timeout: 60_000 };

function emptyFolder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), "reprise-init-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function reprise(cwd: string, ...args: string[]) {
  const own = Object.entries(process.env).filter(([key]) => !/^(REPRISE_|NODE_TEST|npm_)/.test(key));
  const child = spawn(process.execPath, [bin, ...args], {
    cwd,
    env: Object.fromEntries(own),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (d) => (out += d));
  child.stderr.on("data", (d) => (err += d));
  return new Promise<{ code: unknown; out: string; err: string }>((resolve) =>
    child.once("close", (code) => resolve({ code, out, err })),
  );
}

const hasPython = spawnSync("python3", ["--version"]).status === 0;
for (const language of LANGUAGES) {
  const skip = language === "python" && !hasPython;
  test(`a project in ${language} posts both its jobs as it is, and nothing twice`, { ...limit, skip }, async (t) => {
    const dir = emptyFolder(t);
    const init = await reprise(dir, "init", "my posts", "--language", language);
    assert.equal(init.code, 0, init.err);
    assert.match(init.out, /^ {2}cd 'my posts'\n {2}reprise plan .*\n {2}reprise run .*\n {2}reprise status /m);
    const project = join(dir, "my posts");
    if (language === "bash") assert.match((await reprise(project, "plan")).out, /first/);
    const run = await reprise(project, "run");
    assert.equal(run.code, 0, run.err);
    assert.doesNotMatch(run.err, /silent|warning/i);
    const posted = readdirSync(join(project, "posted"), { recursive: true, encoding: "utf8" }).toSorted();
    assert.deepEqual(
      posted.filter((name) => name.includes("/")),
      ["ana/first.mp4", "ana/first.txt", "ben/second.mp4", "ben/second.txt"],
    );
    assert.equal((await reprise(project, "run")).code, 4);
    assert.equal(readdirSync(join(project, "posted"), { recursive: true }).length, posted.length);
  });
}

test("the looks of a written poster settle what got lost after the tap", limit, async (t) => {
  const dir = emptyFolder(t);
  await reprise(dir, "init");
  const { code, err } = await reprise(dir, "run", "--exec", `${lostAfterTap}`, "--verify-exec", "./poster.sh");
  assert.equal(code, 0, err);
  assert.match(err, /verified {4}(first {2}ana|second {2}ben): it is posted/);
});

/** The project's poster, but killed when its post is out. */
const lostAfterTap = `sed 's/reprise emit posted.*/kill -9 $$/' poster.sh > .lost.sh; exec bash .lost.sh`;

test("init overwrites nothing: any file of its own that is there stops it before it writes", limit, async (t) => {
  const dir = emptyFolder(t);
  writeFileSync(join(dir, "poster.sh"), "mine");
  const { code, err } = await reprise(dir, "init");
  assert.equal(code, 2);
  assert.match(err, /^usage: init: .*\/poster\.sh is there already, nothing was written; .*\n$/);
  assert.deepEqual(readdirSync(dir), ["poster.sh"]);
});

test("init in an unknown language is refused in one line", limit, async (t) => {
  const dir = emptyFolder(t);
  const { code, err } = await reprise(dir, "init", "--language", "cobol");
  assert.deepEqual(
    [code, err],
    [2, 'usage: --language is "cobol": must be one of bash, node, typescript, python. (exit 2)\n'],
  );
  assert.deepEqual(readdirSync(dir), []);
});

async function atTerminal(cwd: string, answer: string | null, ...args: string[]) {
  const asked: string[] = [];
  const terminal: Cli["terminal"] = {
    out: () => {},
    err: () => {},
    isInteractive: true,
    color: false,
    utf8: true,
    ask: async (question) => {
      asked.push(question);
      return answer;
    },
    async *lines() {},
  };
  const stops = () => ({ onStop: () => {}, asked: new AbortController().signal });
  const code = await execute(args, { terminal, env: {}, cwd, compose: lazyCompose, json: false, stops });
  return { code, asked };
}

const answers: [why: string, answer: string | null, args: string[], asked: number, written: string | null][] = [
  ["a person is asked one question", "python", ["init"], 1, "poster.py"],
  ["Enter is bash", "", ["init"], 1, "poster.sh"],
  ["a closed terminal writes nothing", null, ["init"], 1, null],
  ["--yes asks nothing", "x", ["init", "--yes"], 0, "poster.sh"],
  ["--no-input asks nothing", "x", ["init", "--no-input"], 0, "poster.sh"],
  ["a named language asks nothing", "x", ["init", "--language", "typescript"], 0, "poster.ts"],
];
for (const [why, answer, args, questions, written] of answers) {
  test(`init on a terminal: ${why}`, async (t) => {
    const dir = emptyFolder(t);
    const { code, asked } = await atTerminal(dir, answer, ...args);
    assert.deepEqual([code, asked.length], [0, questions]);
    assert.deepEqual(readdirSync(dir).length > 0, written !== null);
    if (written !== null) assert.ok(existsSync(join(dir, written)));
  });
}
