// examples/unattended as its reader would use it: the crontab's own lines in cron's environment, the units, the watchdog.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { tinyMp4 } from "../../src/media/tiny-mp4.ts";
import { has, World } from "./world.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A home with the example as its folder `posting`, reprise installed in it. */
function home(t: TestContext) {
  const { dir } = new World(t, []);
  const posting = join(dir, "posting");
  cpSync(join(root, "examples/unattended"), posting, { recursive: true });
  mkdirSync(join(posting, "videos"));
  writeFileSync(join(posting, "videos/one.mp4"), tinyMp4());
  const config = readFileSync(join(posting, "reprise.config.yaml"), "utf8");
  writeFileSync(join(posting, "reprise.config.yaml"), config.replace(/^ {2}window:.*\n/m, "")); // tests run at night too
  const bin = join(posting, "node_modules/.bin");
  mkdirSync(bin, { recursive: true });
  symlinkSync(process.execPath, join(bin, "node"));
  symlinkSync(join(root, "bin/reprise.mjs"), join(bin, "reprise"));
  return { dir, posting };
}

/** Runs a command as cron does: /bin/sh -c, hardly any environment, no terminal. */
function cron(dir: string, command: string) {
  const bare = ["-i", "SHELL=/bin/sh", "PATH=/usr/bin:/bin", `HOME=${dir}`, "LOGNAME=op", `REPRISE_TEST_WORLD=${dir}`];
  const ran = spawnSync("env", [...bare, "/bin/sh", "-c", command], { cwd: dir, encoding: "utf8", input: "" });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

/** The commands of the crontab: a line is five fields and a command. */
const lines = readFileSync(join(root, "examples/unattended/crontab"), "utf8").split("\n");
const commands = lines.flatMap((line) => /^(?:[\d*/,-]+\s+){5}(.+)$/.exec(line)?.[1] ?? []);

test("the crontab's lines work in cron's environment: the run posts, tells nobody, and is healthy", (t) => {
  const { dir, posting } = home(t);
  const [run = "", health = ""] = commands;
  assert.equal(commands.length, 2);
  const first = cron(dir, run);
  assert.equal(first.code, 0, first.err);
  assert.match(readFileSync(join(posting, "posted.txt"), "utf8"), /^ana \S+\n$/);
  const [told = ""] = readdirSync(join(posting, "told"));
  has(JSON.parse(readFileSync(join(posting, "told", told), "utf8")), { final_result: "all_complete", exit_code: 0 });
  assert.ok(!existsSync(join(posting, "told/people.txt")));
  assert.equal(cron(dir, run).code, 0, "nothing to do is no failure");
  assert.equal(readFileSync(join(posting, "posted.txt"), "utf8").trim().split("\n").length, 1);
  assert.deepEqual(cron(dir, health), { code: 0, out: "", err: "" });
});

test("a person is told when one is needed, with what to type", (t) => {
  const { dir, posting } = home(t);
  writeFileSync(join(posting, "poster.sh"), "#!/bin/sh\necho 'We suspended your account' >&2\nexit 77\n");
  assert.equal(cron(dir, commands[0] ?? "").code, 3);
  assert.match(
    readFileSync(join(posting, "told/people.txt"), "utf8"),
    /some jobs are not posted: reprise status \(only_non_retryable\)/,
  );
});

const beats: [why: string, beat: string | null, ageMin: number, code: number, says: RegExp][] = [
  ["nothing has run yet", null, 0, 0, /^$/],
  ["the run makes progress", '{"state":"running","healthy":true}', 0, 0, /^$/],
  ["the run has ended long ago", '{"state":"ended","healthy":true}', 90, 0, /^$/],
  ["the run was killed", '{"state":"running","healthy":true}', 5, 1, /no heartbeat/],
  [
    "the run is stuck",
    '{"state":"running","healthy":false,"reason":"jobs are ready"}',
    0,
    1,
    /^stuck: jobs are ready$/m,
  ],
];
for (const [why, beat, ageMin, code, says] of beats) {
  test(`the watchdog exits ${code}: ${why}`, (t) => {
    const { dir, posting } = home(t);
    const file = join(posting, ".reprise/heartbeat.json");
    mkdirSync(join(posting, ".reprise"), { mode: 0o700 });
    if (beat !== null) {
      writeFileSync(file, `${beat}\n`);
      const at = Date.now() / 1000 - ageMin * 60;
      utimesSync(file, at, at);
    }
    const ran = cron(dir, commands[1] ?? "");
    assert.equal(ran.code, code);
    assert.match(ran.out, says);
  });
}

test("the units are sound: systemd reads them, and they stop a run in order", (t) => {
  const { dir, posting } = home(t);
  const units = ["reprise.service", "reprise.timer"].map((name) => {
    const text = readFileSync(join(posting, name), "utf8");
    for (const line of text.split("\n")) assert.match(line, /^(#.*|\[\w+\]|[A-Z]\w+=.*|)$/, `${name}: ${line}`);
    const file = join(dir, name);
    writeFileSync(file, text.replaceAll("%h/", `${dir}/`));
    return file;
  });
  const service = readFileSync(join(posting, "reprise.service"), "utf8");
  assert.match(service, /^KillMode=mixed$/m);
  const stop = Number(/^TimeoutStopSec=(\d+)$/m.exec(service)?.[1]);
  assert.ok(stop > 90, "longer than --stop-grace");
  const verified = spawnSync("systemd-analyze", ["verify", "--man=no", ...units], { encoding: "utf8" });
  if (verified.error === undefined) assert.equal(verified.status, 0, verified.stderr);
});
