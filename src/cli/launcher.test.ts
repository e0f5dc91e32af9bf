// The real command, started as a user starts it.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const bin = join(root, "bin/reprise.mjs");
const here = mkdtempSync(join(tmpdir(), "reprise-cli-"));
after(() => rmSync(here, { recursive: true, force: true }));

/** A Node that is too old to run the program itself, where this machine has one. */
const oldNode = ["/usr/bin/node", "/usr/local/bin/node"].find((path) => {
  const found = existsSync(path) ? /^v(\d+)/.exec(spawnSync(path, ["--version"], { encoding: "utf8" }).stdout) : null;
  return found !== null && Number(found[1]) < 24;
});
const withoutOld = { skip: oldNode === undefined ? "no Node below 24 here" : false };

const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(REPRISE_|NODE_TEST)/.test(key)));
function reprise(args: string[], options: { node?: string; input?: string; env?: Record<string, string> } = {}) {
  const { node = process.execPath, input = "" } = options;
  const ran = spawnSync(node, [bin, ...args], { cwd: here, encoding: "utf8", input, env: { ...env, ...options.env } });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

const refusals: [why: string, args: string[], line: RegExp][] = [
  [
    "an unknown flag, with the nearest one",
    ["run", "--wrokers", "2"],
    /^usage: --wrokers: unknown flag\. Did you mean --workers\? \(exit 2\)\n$/,
  ],
  [
    "an unknown command, with the nearest one",
    ["statsu"],
    /^usage: no such command: 'statsu'\. Did you mean status\? \(exit 2\)\n$/,
  ],
  [
    "an unknown verb of a group",
    ["jobs", "lits"],
    /^usage: no such command: 'lits'\. Did you mean list\? \(exit 2\)\n$/,
  ],
  ["a flag without its value", ["run", "--workers"], /^usage: --workers: needs a value/],
  ["a bad value", ["run", "--workers", "0"], /^usage: --workers is "0": must be /],
  ["a bad value of a variable", ["run"], /^usage: REPRISE_WORKERS is "many": must be /],
  ["a poster that is not there", ["run", "--poster", "x.ts"], /^usage: --poster is "x.ts": there is no such file/],
  ["a command of a later version", ["serve"], /^usage: no such command: 'serve'/],
  ["a word that is no status", ["jobs", "list", "--status", "lost"], /^usage: --status is "lost": must be pending, /],
  ["a choice of jobs without any mark", ["jobs", "retry"], /^usage: retry: name jobs, or choose them/],
  ["a poster's word in the wrong place", ["--yes", "ask-publish"], /^usage: ask-publish: must be the first word/],
];
for (const [why, args, line] of refusals) {
  test(`refused in one line that names it: ${why}`, () => {
    const variables: Record<string, string> = why.includes("variable") ? { REPRISE_WORKERS: "many" } : {};
    const { code, out, err } = reprise(args, { env: variables });
    assert.equal(code, 2, err);
    assert.match(err, line);
    assert.equal(err.trim().split("\n").length, 1);
    assert.equal(out, "");
    assert.ok(!existsSync(join(here, ".reprise")), "nothing was created");
  });
}

test("with --json a refusal is a line on stdout too", () => {
  const { out, err, code } = reprise(["--json", "run", "--nonsense"]);
  const line = JSON.parse(out);
  assert.equal(code, 2);
  assert.equal(line.v, 1);
  assert.equal(line.type, "error");
  assert.equal(line.error, "usage");
  assert.match(line.message, /--nonsense/);
  assert.match(err, /^usage: --nonsense/);
});

test("the page of run shows examples first and the retry flags with their defaults, on one screen", () => {
  const { out, code } = reprise(["run", "--help"]);
  assert.equal(code, 0);
  assert.ok(out.indexOf("Examples") < out.indexOf("Options"));
  assert.match(out, /--max-passes N .*\[3\]/);
  assert.match(out, /--retry-delay T .*\[30\]/);
  assert.match(out, /--infra-retry-limit N .*\[3\]/);
  assert.ok(out.split("\n").length <= 45);
});

test("global flags stand before or after the command", () => {
  const args = ["--campaign", "night", "--json"];
  const before = JSON.parse(reprise([...args, "config"]).out);
  const behind = JSON.parse(reprise(["config", ...args]).out);
  assert.equal(before.campaign, "night");
  assert.deepEqual({ ...behind, ts: "" }, { ...before, ts: "" });
});

test("help exit-codes prints the table", () => {
  const { out } = reprise(["help", "exit-codes"]);
  for (const code of [0, 1, 2, 3, 4, 5, 6, 7, 8, 20, 75, 129, 130, 143])
    assert.match(out, new RegExp(`^${code} +[a-z]`, "m"));
});

test("rules explain reads JSON lines and answers each in order", () => {
  const input = '{"message":"adb: device offline"}\n\n{"message":"We suspended your account"}\n';
  const { out, code } = reprise(["rules", "explain", "-", "--json"], { input });
  const verdicts = out
    .trim()
    .split("\n")
    .map((l) => JSON.parse(l));
  assert.equal(code, 0);
  assert.deepEqual(
    verdicts.map((v) => v.category),
    ["infrastructure", "account"],
  );
  for (const v of verdicts) assert.ok(v.v === 1 && v.cause && v.rule && v.why);
  const bad = reprise(["rules", "explain", "-"], { input: '{"message":"x"}\nnot json\n' });
  assert.equal(bad.code, 2);
  assert.match(bad.err, /-:2 is not a JSON object/);
  const log = reprise(["rules", "explain", "-"], { input: "opening the app\nadb: device offline\n" });
  assert.match(log.out, /^infrastructure\/device_offline$/m, "no JSON: all of it is one text");
});

test("config --origin says where each value came from", () => {
  writeFileSync(join(here, "c.yaml"), "workers: 7\n");
  const args = ["config", "--origin", "--config", "c.yaml", "--max-passes", "5"];
  const { out } = reprise(args, { env: { REPRISE_RETRY_DELAY: "60" } });
  assert.match(out, /^workers +7 +config \(c\.yaml:1\)$/m);
  assert.match(out, /^passes\.max +5 +flag \(--max-passes\)$/m);
  assert.match(out, /^passes\.delay +60 +environment \(REPRISE_RETRY_DELAY\)$/m);
});

test("an unknown key of the config file is refused in one line with file, line and the nearest key", () => {
  writeFileSync(join(here, "bad.yaml"), "workers: 2\npasses:\n  dealy: 5\n");
  for (const args of [["run"], ["config"], ["status"]]) {
    const { code, err } = reprise([...args, "--config", "bad.yaml"]);
    assert.equal(code, 2);
    assert.match(err, /^usage: bad\.yaml:3: unknown key passes\.dealy; did you mean passes\.delay\? \(exit 2\)\n$/);
  }
});

const version: string = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version;
test("--version is the package's", () => assert.equal(reprise(["--version"]).out, `${version}\n`));

test(
  "under an older Node the launcher answers --version itself and starts the local Node for the rest",
  withoutOld,
  () => {
    const node = oldNode ?? "";
    assert.equal(reprise(["--version"], { node }).out, `${version}\n`);
    assert.match(reprise(["run", "--help"], { node }).out, /--infra-retry-limit/);
    assert.equal(reprise(["run", "--nonsense"], { node }).code, 2);
    assert.match(
      reprise(["rules", "explain", "-"], { node, input: '{"message":"adb: device offline"}' }).out,
      /infrastructure/,
    );
  },
);

for (const whom of ["the launcher alone", "its whole group, as timeout and systemd do"]) {
  test(`a SIGTERM to ${whom} is one stop, and the program's orderly end the launcher's`, withoutOld, async (t) => {
    const cwd = mkdtempSync(join(here, "stop-"));
    const job = { account: "ana", media: join(root, "examples/command/media/bakery.mp4") };
    writeFileSync(join(cwd, "one.jsonl"), `${JSON.stringify(job)}\n`);
    const exec = `echo '{"type":"step","name":"opening"}' >&3; exec sleep 30`;
    const args = ["run", "one.jsonl", "--json", "--stop-grace", "2s", "--exec", exec];
    const child = spawn(oldNode ?? "", [bin, ...args], {
      cwd,
      env,
      detached: true,
      stdio: ["ignore", "pipe", "inherit"],
    });
    t.after(() => child.exitCode ?? child.kill("SIGKILL"));
    let out = "";
    const ended = new Promise((resolve) => child.once("close", (code, signal) => resolve(signal ?? code)));
    child.stdout.on("data", (d) => {
      if (!out.includes('"attempt.step"') && `${out}${d}`.includes('"attempt.step"'))
        process.kill(whom.startsWith("its") ? -(child.pid ?? 0) : (child.pid ?? 0), "SIGTERM");
      out += d;
    });
    assert.equal(await ended, 143, out);
    assert.match(out, /"final_result":"interrupted"/);
    assert.deepEqual(out.match(/"stage":\d/g), ['"stage":1']);
  });
}

test("a reader that goes away does not make it crash", async () => {
  const child = spawn(process.execPath, [bin, "help", "run", "--all"], {
    cwd: here,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout?.destroy();
  let err = "";
  child.stderr?.on("data", (d) => (err += d));
  assert.equal(await new Promise((resolve) => child.once("close", resolve)), 0);
  assert.equal(err, "");
});
