import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { IntakeConflict, IntakeRow } from "../ledger/ledger.ts";
import { IntakeError, takeIn } from "./intake.ts";

const dirs: string[] = [];
after(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});
function folder(files: Record<string, string | Buffer>): string {
  const dir = mkdtempSync(join(tmpdir(), "intake-"));
  dirs.push(dir);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  return dir;
}

/** Finds conflicts as a ledger would: same id, other content. */
class FakeTray {
  readonly rows: IntakeRow[] = [];
  readonly batches: number[] = [];
  private readonly seen = new Map<string, IntakeRow>();
  async add(rows: readonly IntakeRow[]): Promise<IntakeConflict[]> {
    this.batches.push(rows.length);
    const conflicts: IntakeConflict[] = [];
    for (const row of rows) {
      const earlier = this.seen.get(row.spec.id);
      if (earlier !== undefined && JSON.stringify(earlier.spec) !== JSON.stringify(row.spec)) {
        conflicts.push({
          file: row.file,
          line: row.line,
          id: row.spec.id,
          earlier: { file: earlier.file, line: earlier.line },
        });
      } else {
        this.seen.set(row.spec.id, row);
        this.rows.push(row);
      }
    }
    return conflicts;
  }
}

async function take(content: string | Buffer, name = "jobs.jsonl", mediaMap: { from: string; to: string }[] = []) {
  const dir = folder({ [name]: content });
  const tray = new FakeTray();
  const taken = await takeIn([name], tray, { mediaMap, cwd: dir });
  return {
    ...taken,
    tray,
    dir,
    specs: tray.rows.map((r) => r.spec),
    told: taken.bad.map((b) => `${b.file}:${b.line} ${b.field ?? "-"} ${b.reason}`),
  };
}

test("a JSONL row becomes a job with every field", async () => {
  const row = {
    id: "a",
    account: "anna",
    media: "v/a.mp4",
    caption: "hi",
    platform: "reels",
    priority: 5,
    pool: "east",
    not_before: "2026-11-24T10:00:00Z",
    not_after: "2026-11-25T10:00:00+02:00",
    allow_repost: true,
    data: { tag: [1] },
  };
  const { specs, dir, bad } = await take(JSON.stringify(row));
  assert.deepEqual(bad, []);
  assert.deepEqual(specs, [
    {
      id: "a",
      account: "anna",
      media: join(dir, "v/a.mp4"),
      caption: "hi",
      platform: "reels",
      priority: 5,
      pool: "east",
      notBefore: Date.parse("2026-11-24T10:00:00Z"),
      notAfter: Date.parse("2026-11-25T08:00:00Z"),
      allowRepost: true,
      data: { tag: [1] },
    },
  ]);
});

test("a row needs its media alone; the rest is filled in, the id from account and media", async () => {
  const { specs, dir } = await take(
    '{"media":"a.mp4"}\n\n{"video_path":"sub\\\\..\\\\a.mp4","account":null}\n{"media":"a.mp4","account":"b"}\n',
  );
  assert.equal(specs.length, 3);
  assert.match(specs[0]?.id ?? "", /^[0-9a-f]{16}$/);
  assert.equal(specs[0]?.id, specs[1]?.id);
  assert.notEqual(specs[0]?.id, specs[2]?.id);
  assert.deepEqual(
    { ...specs[0], id: "" },
    {
      id: "",
      account: null,
      media: join(dir, "a.mp4"),
      caption: "",
      platform: "default",
      priority: 0,
      pool: null,
      notBefore: null,
      notAfter: null,
      allowRepost: false,
      data: {},
    },
  );
});

const paths: [why: string, media: string, map: [string, string][], want: string][] = [
  ["absolute", "/x/../v/a.mp4", [], "/v/a.mp4"],
  ["a drive, left as it is", "C:\\v\\a.mp4", [], "C:/v/a.mp4"],
  ["a drive, rewritten", "C:\\vids\\s\\a.mp4", [["C:\\vids", "/mnt/vids"]], "/mnt/vids/s/a.mp4"],
  ["a drive, either slash", "C:/vids/a.mp4", [["C:\\vids\\", "/mnt/vids/"]], "/mnt/vids/a.mp4"],
  ["only whole folder names", "C:\\vids2\\a.mp4", [["C:\\vids", "/mnt/vids"]], "C:/vids2/a.mp4"],
  ["a share", "\\\\nas\\v\\a.mp4", [], "//nas/v/a.mp4"],
  ["a share, rewritten", "\\\\nas\\v\\a.mp4", [["//nas/v", "/mnt/v"]], "/mnt/v/a.mp4"],
  [
    "the first map that fits",
    "/a/b/c.mp4",
    [
      ["/z", "/y"],
      ["/a", "/1"],
      ["/a/b", "/2"],
    ],
    "/1/b/c.mp4",
  ],
];
for (const [why, media, map, want] of paths) {
  test(`media path: ${why}`, async () => {
    const { specs } = await take(
      JSON.stringify({ media }),
      "j.jsonl",
      map.map(([from, to]) => ({ from, to })),
    );
    assert.equal(specs[0]?.media, want);
  });
}

const long = "x".repeat(1_100_000);
const badRows: [why: string, row: string | Buffer, told: RegExp][] = [
  ["no media", '{"id":"b"}', /media is missing/],
  ["no JSON", "not json", /- is not JSON/],
  ["a list", "[1]", /- is not a JSON object/],
  ["a number for a caption", '{"media":"a","caption":5}', /caption must be a text \(is 5\)/],
  ["a text for a priority", '{"media":"a","priority":"high"}', /priority must be a whole number \(is "high"\)/],
  ["a text for a boolean", '{"media":"a","allow_repost":"yes"}', /allow_repost must be true or false/],
  ["a list for an account", '{"media":"a","account":["x"]}', /account must be a text/],
  ["a list for data", '{"media":"a","data":[]}', /data must be an object/],
  ["a mistyped field", '{"media":"a","captoin":"x"}', /captoin is no field of a job; did you mean caption\?/],
  ["another program's word", '{"media":"a","user":"x"}', /user is no field of a job; did you mean account\?/],
  ["an unknown field", '{"media":"a","views":1}', /views is no field of a job; put free fields under data/],
  ["a caption too long", JSON.stringify({ media: "a", caption: "é".repeat(10_001) }), /caption is longer than 10,000/],
  ["NUL in a caption", '{"media":"a","caption":"a\\u0000b"}', /caption holds NUL/],
  ["NUL in a path", '{"media":"a\\u0000b"}', /media holds NUL/],
  ["a NUL byte", '{"media":"a"}\0', /holds NUL bytes/],
  ["half a character", '{"media":"a","caption":"\\ud83d"}', /caption holds NUL bytes or broken/],
  ["no UTF-8", Buffer.from([0x7b, 0xff, 0x7d]), /is not UTF-8/],
  ["a line over 1 MB", `{"media":"a","caption":"${long}"}`, /is longer than 1 MB/],
  ["no date", '{"media":"a","not_before":"tomorrow"}', /not_before must be a date and time/],
  ["no such date", '{"media":"a","not_before":"2026-02-30T10:00"}', /not_before must be a date and time/],
  [
    "an end before the start",
    '{"media":"a","not_before":"2026-02-03","not_after":"2026-02-02"}',
    /not_after lies before/,
  ],
  ["two media", '{"media":"a","video_path":"b"}', /video_path and media name different/],
  ["a line break in an account", '{"media":"a","account":"a\\nb"}', /account holds control/],
  ["an empty media", '{"media":" "}', /media is empty/],
];
test("every bad row is told with file, line, field and reason, and the good ones are counted", async () => {
  const good = (i: number) => Buffer.from(`\n{"id":"g${i}","media":"g.mp4"}\n`);
  const content = Buffer.concat(badRows.flatMap(([, row], i) => [Buffer.from(row), good(i)]));
  const { rows, told, badCount } = await take(content);
  assert.equal(rows, badRows.length);
  assert.equal(badCount, badRows.length);
  for (const [i, [why, , want]] of badRows.entries()) {
    assert.match(told[i] ?? "", new RegExp(`^jobs\\.jsonl:${i * 2 + 1} `), why);
    assert.match(told[i] ?? "", want, why);
  }
});

test("the same id with other content is a bad row that names the first", async () => {
  const { told, rows } = await take(
    '{"id":"a","account":"x","media":"m.mp4"}\n{"id":"b"}\nnot json\n{"id":"a","account":"y","media":"n.mp4"}\n{"id":"a","account":"x","media":"m.mp4"}\n',
    "bad.jsonl",
  );
  assert.equal(rows, 2);
  assert.deepEqual(
    told.map((t) => t.slice(0, 12)),
    ["bad.jsonl:2 ", "bad.jsonl:3 ", "bad.jsonl:4 "],
  );
  assert.match(told[2] ?? "", /id "a" is already that of another job, with other content, at bad\.jsonl:1$/);
});

test("CSV: header in any order, quoted line breaks, CRLF, a byte order mark, empty cells, free data", async () => {
  const csv =
    '\uFEFFcaption,Media,account,priority,allow_repost,data.tag\r\n"one\r\ntwo, ""three""",a.mp4,anna,2,yes,x\r\n\r\n,b.mp4,,,,\r\n';
  const { tray, specs, bad, dir } = await take(csv, "j.csv");
  assert.deepEqual(bad, []);
  assert.deepEqual(
    tray.rows.map((r) => r.line),
    [2, 5],
  );
  assert.deepEqual(
    [specs[0]?.caption, specs[0]?.media, specs[0]?.priority, specs[0]?.allowRepost, specs[0]?.data],
    ['one\r\ntwo, "three"', join(dir, "a.mp4"), 2, true, { tag: "x" }],
  );
  assert.deepEqual([specs[1]?.caption, specs[1]?.account, specs[1]?.priority], ["", null, 0]);
});

test("CSV: rows broken by hand are told one by one, and reading goes on at the next line", async () => {
  const csv =
    'account,media,caption\na,1.mp4,"open\nb,2.mp4,x"y\nc,3.mp4,fine\nd,4.mp4\ne,5.mp4,f,g\nf,6.mp4,"two\nlines"\ng,,x\nh,7.mp4,z\n';
  const { told, specs } = await take(csv, "j.csv");
  assert.deepEqual(
    specs.map((s) => s.account),
    ["c", "f", "h"],
  );
  assert.deepEqual(
    told.map((t) => t.split(" ")[0]),
    ["j.csv:2", "j.csv:3", "j.csv:5", "j.csv:6", "j.csv:9"],
  );
  assert.match(told[2] ?? "", /has 2 cells, the header 3/);
  assert.match(told[4] ?? "", /media is missing/);
});

test("CSV: media alone is enough, semicolons do, an unknown column is told at the header", async () => {
  assert.equal((await take("media\na.mp4\nb.mp4\n", "m.csv")).rows, 2);
  assert.equal((await take("account;media\nx;a.mp4\n", "m.csv")).specs[0]?.account, "x");
  const { told, rows } = await take("media,captoin,notes\na.mp4,x,y\n", "m.csv");
  assert.equal(rows, 1);
  assert.match(told[0] ?? "", /^m.csv:1 captoin is no field of a job; did you mean caption/);
  assert.match(told[1] ?? "", /^m.csv:1 notes is no field of a job; call a column of free data data.notes/);
});

test("a JSON state file comes in: open jobs, posts made, failures, accounts, its limit", async () => {
  const state = {
    last_saved: "x",
    jobs: [
      { id: "a", account: "x", video_path: "f\\a.mp4", caption: 'q"}]', status: "pending", attempts: 0 },
      { id: "b", account: "x", video_path: "f\\b.mp4", status: "retrying" },
      { id: "c", account: "y", video_path: "f\\c.mp4", status: "success", completed_at: "2025-12-12T14:23:56.185565Z" },
      { id: "d", account: "y", video_path: "f\\d.mp4", status: "failed", last_error: "gone" },
      { id: "e", account: "y", video_path: "f\\e.mp4", status: "odd" },
    ],
    accounts: [{ name: "x", posts_today: 0 }, { name: "y" }],
    settings: { posts_per_account_per_day: 2, humanize: true },
  };
  for (const text of [JSON.stringify(state, null, 1), JSON.stringify(state)]) {
    const { tray, dailyLimit, accounts, warnings, told, specs, dir } = await take(text, "s.json");
    assert.deepEqual(
      tray.rows.map((r) => r.past),
      [
        null,
        null,
        { state: "success", at: Date.parse("2025-12-12T14:23:56.185Z"), url: null },
        { state: "failed", message: "gone" },
      ],
    );
    assert.equal(specs[0]?.media, join(dir, "f/a.mp4"));
    assert.equal(specs[0]?.caption, 'q"}]');
    assert.deepEqual([dailyLimit, accounts.map((a) => a.name)], [2, ["x", "y"]]);
    assert.match(warnings.join(), /humanize/);
    assert.match(told.join(), /status is none of pending/);
  }
  const { told } = await take(JSON.stringify(state, null, 1).slice(0, 300), "s.json");
  assert.match(told.join(), /ends in the middle/);
});

test("the 17-column ledger of an earlier program comes in with what it posted", async () => {
  const csv =
    'job_id,account,video_path,caption,status,worker_id,claimed_at,completed_at,error,attempts,max_attempts,retry_at,error_type,error_category,pass_number,run_id,video_id\nj1,a,C:\\v\\1.mp4,"x\ny",success,1,,2025-12-22T21:13:14,,0,3,,,,,,\nj2,b,C:\\v\\2.mp4,x,failed,1,,,boom,3,3,,,,,,\nj3,b,C:\\v\\3.mp4,x,\n';
  const { tray, told, warnings } = await take(csv, "p.csv");
  assert.deepEqual(
    tray.rows.map((r) => [r.spec.id, r.line, r.past?.state]),
    [
      ["j1", 2, "success"],
      ["j2", 4, "failed"],
    ],
  );
  assert.match(told[0] ?? "", /^p.csv:5 - has 5 cells, the header 17/);
  assert.match(warnings.join(), /2 jobs lie on a Windows drive.*--media-map/);
});

const EVERY_FIELD = {
  account: "x",
  platform: "reels",
  priority: 3,
  pool: "p",
  not_before: "2031-01-01T10:00Z",
  not_after: "2031-01-02T10:00Z",
  allow_repost: true,
  data: { shop: 7 },
};
const PRIOR_HEADER = "job_id,account,video_path,status,completed_at";

test("jobs of an earlier program have every field of a job; what is none is left out and told", async () => {
  const mistyped = { not_befor: "2031-01-01", schedule: "2031-01-01", attempts: 1, worker_id: 0 };
  const entry = { id: "a", video_path: "a.mp4", caption: "", status: "pending", ...EVERY_FIELD, ...mistyped };
  const state = await take(JSON.stringify({ jobs: [entry, { ...entry, id: "b" }] }), "s.json");
  const csv = await take(
    `${PRIOR_HEADER},platform,priority,pool,not_before,not_after,allow_repost,data,not_befor,schedule\n` +
      'a,x,a.mp4,pending,,reels,3,p,2031-01-01T10:00Z,2031-01-02T10:00Z,yes,"{""shop"":7}",,\n',
    "p.csv",
  );
  const plain = await take(JSON.stringify({ id: "a", media: "a.mp4", ...EVERY_FIELD }));
  for (const { specs, told, warnings, dir } of [state, csv]) {
    assert.deepEqual(told, []);
    assert.deepEqual(specs[0], { ...plain.specs[0], media: join(dir, "a.mp4") });
    assert.deepEqual(warnings, [
      "left out, since they are no fields of a job: not_befor (did you mean not_before?), schedule (did you mean not_before?)",
    ]);
  }
});

test("a time that is none is a bad row in a state file, too", async () => {
  const { told } = await take('{"jobs":[{"id":"a","video_path":"a.mp4","not_before":"soon"}]}', "s.json");
  assert.match(told.join(), /^s\.json:1 not_before must be a date and time/);
});

test("of fields that are none, a few are named", async () => {
  const job = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`zzzzzz${i}`, i]));
  const { warnings } = await take(JSON.stringify({ jobs: [{ ...job, video_path: "a" }] }), "s.json");
  assert.match(warnings.join(), /: zzzzzz0, zzzzzz1, zzzzzz2, zzzzzz3, zzzzzz4, \.\.\.$/);
});

const unfit: [why: string, make: (dir: string) => void, message: RegExp][] = [
  ["that is not there", () => {}, /^x does not exist$/],
  ["that is a folder without media", (d) => mkdirSync(join(d, "x")), /^x is a folder without media: /],
  ["of 0 bytes", (d) => writeFileSync(join(d, "x"), ""), /^x is empty/],
  ["of blanks", (d) => writeFileSync(join(d, "x"), "\n \n"), /^x is empty/],
  [
    "in UTF-16",
    (d) => writeFileSync(join(d, "x"), Buffer.from("\uFEFFaccount,media\n", "utf16le")),
    /^x is UTF-16: save it as UTF-8$/,
  ],
  [
    "in UTF-16 without a mark",
    (d) => writeFileSync(join(d, "x"), Buffer.from("account,media\n", "utf16le")),
    /^x is UTF-16/,
  ],
  ["that is a JSON list", (d) => writeFileSync(join(d, "x"), '[{"media":"a"}]'), /^x is a JSON list/],
  ["that is a text", (d) => writeFileSync(join(d, "x"), "hello\nworld\n"), /^x is no job file/],
  [
    "that is a picture",
    (d) => writeFileSync(join(d, "x"), Buffer.from("\x89PNG\r\n\x1a\n\xff\xfe\xfd\xfc\xfb", "latin1")),
    /^x is no text in UTF-8$/,
  ],
];
for (const [why, make, message] of unfit) {
  test(`a file ${why} is refused in one line, and nothing of the others is taken in`, async () => {
    const dir = folder({ "good.jsonl": '{"media":"a"}' });
    make(dir);
    const tray = new FakeTray();
    const error = await takeIn(["good.jsonl", "x"], tray, { mediaMap: [], cwd: dir }).then(
      () => null,
      (e: unknown) => e,
    );
    assert.ok(error instanceof IntakeError);
    assert.match(error.message, message);
    assert.equal(tray.rows.length, 0);
  });
}

test("rows go to the tray in batches, and bad rows past 10,000 are only counted", async () => {
  const lines = Array.from({ length: 12_500 }, (_, i) => (i < 2500 ? `{"id":"${i}","media":"a.mp4"}` : "{}"));
  const { tray, rows, bad, badCount } = await take(`${lines.join("\n")}\n${"{}\n".repeat(100)}`);
  assert.deepEqual([rows, bad.length, badCount], [2500, 10_000, 10_100]);
  assert.ok(tray.batches.length > 1 && Math.max(...tray.batches) <= 1000, `${tray.batches}`);
});

test("a row that lies across two reads of the file is read whole, in every form", async () => {
  const caption = `${"é\\n".repeat(50)}"end`;
  const n = 5000;
  const jsonl = Array.from({ length: n }, (_, i) => JSON.stringify({ id: `${i}`, media: "a", caption })).join("\r\n");
  const csv = `id,media,caption\n${Array.from({ length: n }, (_, i) => `${i},a,"${caption.replaceAll('"', '""')}\n"`).join("\n")}`;
  const state = JSON.stringify(
    { jobs: Array.from({ length: n }, (_, i) => ({ id: `${i}`, video_path: "a", caption })) },
    null,
    1,
  );
  for (const [name, text, suffix] of [
    ["a.jsonl", jsonl, ""],
    ["a.csv", csv, "\n"],
    ["a.json", state, ""],
  ] as const) {
    const { specs, badCount, tray } = await take(text, name);
    assert.equal(badCount, 0, name);
    assert.equal(specs.length, n, name);
    assert.ok(
      specs.every((s, i) => s.id === `${i}` && s.caption === caption + suffix),
      name,
    );
    if (name === "a.csv") assert.equal(tray.rows.at(-1)?.line, 2 * n);
  }
});

const data = join(import.meta.dirname, "../../../shared/data");
test("the real files of the earlier program come in whole", { skip: !existsSync(data) && "not here" }, async () => {
  const tray = new FakeTray();
  const files = [join(data, "scheduler_state.json"), join(data, "progress-a.csv")];
  const taken = await takeIn(files, tray, { mediaMap: [], cwd: "/" });
  assert.deepEqual([taken.rows, taken.badCount], [988 + 91, 0]);
  assert.equal(tray.rows.filter((r) => r.past?.state === "success").length, 5 + 48);
  assert.doesNotMatch(taken.warnings.join(), /left out, since/);
});

test("a fault of a header is told apart: no row of that file may pass without it", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "intake-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "typo.csv"), "account,media,captoin\nana,a.mp4,hello\n");
  const none = { add: async () => [] };
  const taken = await takeIn(["typo.csv"], none, { mediaMap: [], cwd: folder });
  assert.deepEqual([taken.badCount, taken.badHeaders], [1, 1]);
});
