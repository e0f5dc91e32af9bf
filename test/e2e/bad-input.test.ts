// Thirty-odd kinds of bad input through the real command: one clear line (or one a bad row) that names what, where, what is
// allowed and what to do; nothing is taken in, nothing is lost.
import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { EXEC, has, jobs, World } from "./world.ts";

const GOOD = '{"id":"g","account":"ana","media":"g.mp4"}\n';
type Files = Record<string, string | Buffer>;

/** `files` are written first; `told` has to be on stderr, line by line. */
const table: [why: string, files: Files, args: string, told: RegExp[]][] = [
  // flags
  ["an unknown flag", {}, "run --wrokers 3", [/^usage: --wrokers: unknown flag.*--workers/]],
  ["a flag without its value", {}, "run --workers", [/^usage: --workers: needs a value/]],
  ["a number out of range", {}, "run --workers 0", [/^usage: --workers is "0": must be a whole number from 1 to/]],
  ["a number that is none", {}, "run --daily-limit many", [/^usage: --daily-limit is "many": must be a whole number/]],
  [
    "a time that is none",
    {},
    "run --min-gap soon",
    [/^usage: --min-gap is "soon": must be a time from .*such as 30 \(seconds\)/],
  ],
  ["a halt that is none", {}, "run --halt maybe", [/^usage: --halt is "maybe": must be now or soon/]],
  [
    "an end in the past",
    {},
    "run --until 2001-01-01T00:00",
    [/^usage: --until is "2001-01-01T00:00": .*in the future/],
  ],
  ["a map without =", {}, "import jobs.jsonl --media-map C:\\vids", [/^usage: --media-map is "C:\\vids": .*FROM=TO/]],
  [
    "a devices word that is none",
    {},
    "run --devices phone",
    [/^usage: --devices is "phone": must be none, adb, geelark, stf or simulated:N/],
  ],
  [
    "a campaign name that is none",
    {},
    "--campaign a/b status",
    [/^usage: --campaign is "a\/b": must be 1 to 64 letters/],
  ],
  ["an accounts file that is not there", {}, "run --accounts @who.txt", [/^usage: --accounts .*who\.txt/]],
  ["no poster", { "j.jsonl": GOOD }, "run j.jsonl", [/^usage: no poster: .*--exec CMD/]],
  ["an unknown command", {}, "runn", [/^usage: no such command: .*run/]],
  ["an unknown status", {}, "jobs list --status nope", [/^usage: --status is "nope": must be pending, claimed/]],
  ["an unknown job", { "j.jsonl": GOOD }, "jobs why nobody", [/^usage: no (such job|ledger)/]],
  // config
  [
    "an unknown key",
    { "reprise.config.yaml": "limits:\n  dialy: 2\n" },
    "status",
    [/^usage: reprise\.config\.yaml:2: unknown key limits\.dialy; did you mean limits\.daily/],
  ],
  [
    "a zone that is none",
    { "reprise.config.yaml": "limits: {timezone: Mars/Base}\n" },
    "status",
    [/^usage: reprise\.config\.yaml:1: limits\.timezone is "Mars\/Base": must be .*Europe\/Berlin/],
  ],
  [
    "a window that is none",
    { "reprise.config.yaml": "accounts:\n  - {name: ana, window: 8-22}\n" },
    "status",
    [/^usage: reprise\.config\.yaml:2: .*window.*08:00-22:00/],
  ],
  [
    "an account without a name",
    { "reprise.config.yaml": "accounts: [{device: a}]\n" },
    "status",
    [/^usage: reprise\.config\.yaml:1: .*name/],
  ],
  ["YAML that is none", { "reprise.config.yaml": "a: [1\n" }, "status", [/^usage: reprise\.config\.yaml:\d+: /]],
  [
    "a config file that is not there",
    {},
    "--config other.yaml status",
    [/^usage: --config is "other\.yaml": there is no such file/],
  ],
  // files
  ["a job file that is not there", {}, "import gone.csv", [/^usage: gone\.csv does not exist/]],
  ["an empty file", { "a.csv": "" }, "import a.csv", [/^usage: a\.csv is empty: it holds no job/]],
  [
    "UTF-16",
    { "a.csv": Buffer.from("\uFEFFaccount,media\nana,a.mp4\n", "utf16le") },
    "import a.csv",
    [/^usage: a\.csv is UTF-16: save it as UTF-8/],
  ],
  [
    "another encoding",
    { "a.csv": Buffer.from("account,media,caption\nana,a.mp4,caf\xe9\n", "latin1") },
    "import a.csv",
    [/^bad_rows: 1 bad row, nothing was taken in/, /^a\.csv:2 is not UTF-8/],
  ],
  [
    "a video for a job file",
    { "a.mp4": Buffer.from([0, 0, 0, 24, 0x66, 0x74, 0x79, 0x70, 0xff, 0xfe, 0, 0]) },
    "import a.mp4",
    [/^usage: a\.mp4 is (UTF-16|no text: name a job file, or the folder)/],
  ],
  ["a text for a job file", { "a.txt": "hello\n" }, "import a.txt", [/^usage: a\.txt is no job file: it needs/]],
  [
    "a JSON list",
    { "a.json": '[{"media":"a"}]' },
    "import a.json",
    [/^usage: a\.json is a JSON list: write one job a line/],
  ],
  [
    "a JSON state that is cut off",
    { "a.json": '{"jobs":[\n{"id":"a","video_path":"a.mp4"},\n{"id":"b","vid' },
    "import a.json",
    [/^bad_rows: 1 bad row/, /^a\.json:\d+ .*ends in the middle/],
  ],
  [
    "a status nobody knows",
    { "a.json": '{"jobs":[\n{"id":"a","video_path":"a.mp4","status":"odd"}]}' },
    "import a.json",
    [/^bad_rows/, /^a\.json:2 status: is none of pending/],
  ],
  [
    "a CSV without media",
    { "a.csv": "account,caption\nana,x\n" },
    "import a.csv",
    [/^usage: a\.csv is no job file: .*column media/],
  ],
  [
    "a CSV column nobody knows",
    { "a.csv": "account,media,captoin\nana,a.mp4,x\n" },
    "import a.csv",
    [/^bad_rows/, /^a\.csv:1 captoin: is no field of a job; did you mean caption\?/],
  ],
  [
    "CSV rows broken by hand",
    { "a.csv": 'account,media\nana,"a.mp4\nben,b.mp4,c\n' },
    "import a.csv",
    [/^bad_rows: 2 bad rows/, /^a\.csv:2 opens a quote/, /^a\.csv:3 has 3 cells, the header 2/],
  ],
  ["a folder without media", { "vids/notes.md": "x" }, "import vids", [/^usage: vids is a folder without media/]],
  [
    "a caption file that is not UTF-8",
    { "vids/a.mp4": "", "vids/a.txt": Buffer.from([0xff]) },
    "import vids",
    [/^bad_rows/, /^vids\/a\.txt:1 caption: is not UTF-8/],
  ],
  // rows
  [
    "a row without media",
    { "a.jsonl": `${GOOD}{"id":"b"}\n` },
    "import a.jsonl",
    [/^bad_rows/, /^a\.jsonl:2 media: is missing/],
  ],
  [
    "a row that is no JSON",
    { "a.jsonl": `${GOOD}{id: b}\n` },
    "import a.jsonl",
    [/^bad_rows/, /^a\.jsonl:2 is not JSON/],
  ],
  [
    "a field nobody knows",
    { "a.jsonl": '{"media":"a","captoin":"x"}\n' },
    "import a.jsonl",
    [/^bad_rows/, /^a\.jsonl:1 captoin: is no field of a job; did you mean caption/],
  ],
  [
    "a date that is none",
    { "a.jsonl": '{"media":"a","not_before":"2026-02-30"}\n' },
    "import a.jsonl",
    [/^bad_rows/, /^a\.jsonl:1 not_before: must be a date and time such as .*\(is "2026-02-30"\)/],
  ],
  [
    "an end before the start",
    { "a.jsonl": '{"media":"a","not_before":"2026-02-03","not_after":"2026-02-02"}\n' },
    "import a.jsonl",
    [/^bad_rows/, /^a\.jsonl:1 not_after: lies before not_before/],
  ],
  [
    "a line over 1 MB",
    { "a.jsonl": `{"media":"a","caption":"${"x".repeat(1_100_000)}"}\n` },
    "import a.jsonl",
    [/^bad_rows/, /^a\.jsonl:1 is longer than 1 MB/],
  ],
  [
    "a caption over 10,000 characters",
    { "a.jsonl": `{"media":"a","caption":"${"x".repeat(10_001)}"}\n` },
    "import a.jsonl",
    [/^bad_rows/, /^a\.jsonl:1 caption: is longer than 10,000 characters/],
  ],
  [
    "NUL bytes",
    { "a.jsonl": '{"media":"a\\u0000"}\n{"media":"b"}\0\n' },
    "import a.jsonl",
    [/^bad_rows: 2 bad rows/, /^a\.jsonl:1 media: holds NUL/, /^a\.jsonl:2 holds NUL/],
  ],
  [
    "one id, two contents",
    { "a.jsonl": GOOD, "b.jsonl": '{"id":"g","media":"other.mp4"}\n' },
    "import a.jsonl b.jsonl",
    [/^bad_rows/, /^b\.jsonl:1 id: "g" is already that of another job, with other content, at a\.jsonl:1/],
  ],
  [
    "a control sequence in a name",
    { "a.jsonl": '{"media":"a","account":"\\u001b[31mred"}\n' },
    "import a.jsonl",
    [/^bad_rows/, /^a\.jsonl:1 account: holds control characters/],
  ],
];

for (const [why, files, args, told] of table) {
  test(`${why} is refused: ${args}`, async (t) => {
    const w = new World(t, []);
    for (const [name, content] of Object.entries(files)) {
      if (name.includes("/")) mkdirSync(join(w.dir, name, ".."), { recursive: true });
      w.write(name, content);
    }
    const words = args.split(" ");
    const { code, err, out } = await w.run(words);
    note(why, words, err);
    assert.equal(code, 2, err + out);
    const lines = err.trimEnd().split("\n");
    assert.equal(lines.length, told.length, err);
    for (const [i, want] of told.entries()) assert.match(lines[i] ?? "", want);
    assert.ok(
      lines.every((line) => line.length < 400),
      "a line a person can read",
    );
    assert.ok(!/\bat .*\.ts:/.test(err) && !err.includes("\u001b"), "no stack, nothing that draws");
    assert.equal(out, "");
    if (existsSync(join(w.dir, ".reprise"))) {
      if (files["reprise.config.yaml"] === undefined) has(await w.status(), { total: 0 });
    }
  });
}

/** For people who want to read them all: REPRISE_TEST_NOTES=FILE. */
function note(why: string, words: readonly string[], err: string): void {
  const file = process.env.REPRISE_TEST_NOTES;
  if (file !== undefined) appendFileSync(file, `# ${why}\n$ reprise ${words.join(" ")}\n${err}\n`);
}

test("a file that holds no job is told, and is no error", async (t) => {
  const w = new World(t, []);
  w.write("a.csv", "account,media\n");
  w.write("b.json", '{"jobs":[]}');
  const { code, err } = await w.run(["import", "a.csv", "b.json"]);
  assert.equal(code, 0);
  assert.match(err, /^warning: a\.csv holds no job\nwarning: b\.json holds no job$/m);
});

test("bad rows beside a campaign that exists leave it as it is; --skip-bad takes the good ones", async (t) => {
  const w = new World(t, jobs(2));
  assert.equal((await w.run(["import", "jobs.jsonl"])).code, 0);
  w.write("more.jsonl", '{"id":"n1","media":"j1.mp4","account":"x"}\n{"id":"n2"}\nnot json\n');
  const { code, err } = await w.run(["import", "more.jsonl"]);
  assert.equal(code, 2);
  assert.match(err, /2 bad rows, nothing was taken in; .*--skip-bad/);
  has(await w.status(), { total: 2, pending: 2 });
  const run = await w.run(["run", "more.jsonl", "--exec", EXEC]);
  assert.equal(run.code, 2);
  has(await w.status(), { total: 2, pending: 2 });
  assert.deepEqual(w.tries(), []);
  has(await w.ask("import", "more.jsonl", "--skip-bad"), { added: 1, skipped: 2 });
  has(await w.status(), { total: 3 });
});

test("media that is missing, empty, broken or no media fails alone, in one line; a missing mount halts and burns nothing", async (t) => {
  const rows = ["gone.mp4", "empty.mp4", "broken.mp4", "text.mp4"].map((media, i) => ({
    id: `m${i}`,
    account: `a${i}`,
    media,
  }));
  const w = new World(t, [...rows, ...jobs(1)]);
  w.write("empty.mp4", "");
  w.write("broken.mp4", Buffer.from("\0\0\0\x18ftypmp42\0\0\0\0mp42isom\0\0\0\x08mdat", "latin1"));
  w.write("text.mp4", "hello");
  const { code, final } = await w.go();
  assert.equal(code, 3);
  has(final, { failed_content: 4, success: 1 });
  const { out } = await w.run(["jobs", "list", "--status", "failed"]);
  note("media at run time", ["jobs", "list", "--status", "failed"], out);
  for (const cause of ["missing", "empty", "broken", "unsupported"])
    assert.match(out, new RegExp(`content/media_${cause}: `));

  const unmounted = new World(
    t,
    jobs(5, (i) => ({ media: `mount/m${i}.mp4` })),
  );
  const halted = await unmounted.run(["run", "jobs.jsonl", "--exec", EXEC]);
  note("a mount that is missing", ["run", "jobs.jsonl"], halted.err.slice(-1500));
  assert.equal(halted.code, 7);
  has(await unmounted.status(), { pending: 5, failed: 0 });
  assert.match(halted.err, /mount/);
});
