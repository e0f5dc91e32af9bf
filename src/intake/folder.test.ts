import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import type { IntakeRow } from "../ledger/ledger.ts";
import { takeIn } from "./intake.ts";

const dirs: string[] = [];
after(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

function folder(files: Record<string, string | Buffer>): string {
  const dir = mkdtempSync(join(tmpdir(), "intake-folder-"));
  dirs.push(dir);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
  return dir;
}

async function take(dir: string, named = "vids") {
  const rows: IntakeRow[] = [];
  const tray = {
    async add(more: readonly IntakeRow[]) {
      rows.push(...more);
      return [];
    },
  };
  const taken = await takeIn([named], tray, { mediaMap: [], cwd: dir });
  return { ...taken, rows, told: taken.bad.map((b) => `${b.file}:${b.line} ${b.field ?? "-"} ${b.reason}`) };
}

test("a folder: media with the text beside them, sub-folders for accounts, sorted by name, ids that stay", async () => {
  const dir = folder({
    "vids/b.MP4": "",
    "vids/b.txt": "\uFEFFtwo\r\nlines\r\n\r\n",
    "vids/a.jpg": "",
    "vids/a.TXT": "  kept as it is  ",
    "vids/ana/x.mp4": "",
    "vids/ana/x.txt": "é\n",
    "vids/.hidden.mp4": "",
    "vids/.git/y.mp4": "",
  });
  const { rows, bad, warnings } = await take(dir, "vids/");
  assert.deepEqual([bad, warnings], [[], []]);
  assert.deepEqual(
    rows.map(({ spec }) => [spec.account, spec.media.slice(dir.length), spec.caption]),
    [
      [null, "/vids/a.jpg", "  kept as it is  "],
      [null, "/vids/b.MP4", "two\r\nlines"],
      ["ana", "/vids/ana/x.mp4", "é"],
    ],
  );
  assert.deepEqual(
    (await take(dir)).rows.map((r) => r.spec.id),
    rows.map((r) => r.spec.id),
  );
  assert.equal(rows[2]?.file, "vids/ana/x.mp4");
});

test("a folder: what has no caption and what is left out is told once", async () => {
  const dir = folder({
    "vids/a.mp4": "",
    "vids/b.mp4": "",
    "vids/c.mp4": "",
    "vids/c.txt": "c",
    "vids/notes.pdf": "",
    "vids/lonely.txt": "",
    "vids/ana/more/deep.mp4": "",
  });
  const { rows, warnings } = await take(dir);
  assert.equal(rows.length, 3);
  assert.equal(warnings.length, 2);
  assert.match(warnings[0] ?? "", /^2 of 3 media have no caption file .*vids\/a\.mp4, vids\/b\.mp4$/);
  assert.match(warnings[1] ?? "", /^left out, .*vids\/lonely\.txt, vids\/notes\.pdf, vids\/ana\/more\/$/);
});

test("a folder: captions and names that can't be used are bad rows that name their file", async () => {
  const dir = folder({
    "vids/a.mp4": "",
    "vids/a.txt": Buffer.from([0xff, 0xfe]),
    "vids/b.mp4": "",
    "vids/b.txt": "x".repeat(1_000_001),
    "vids/c.mp4": "",
    "vids/c.txt": "x".repeat(10_001),
    "vids/d.mp4": "",
    "vids/d.txt/inside.md": "",
    "vids/e\\f.mp4": "",
    "vids/g.mp4": "",
    "vids/g.txt": "a\0b",
  });
  symlinkSync("/nowhere", join(dir, "vids/h.txt"));
  writeFileSync(join(dir, "vids/h.mp4"), "");
  const { told, rows, warnings } = await take(dir);
  assert.deepEqual(
    rows.map((r) => r.spec.media.slice(dir.length)),
    ["/vids/d.mp4"],
  );
  assert.deepEqual(
    told.map((t) => t.split(" ").slice(0, 5).join(" ")),
    [
      "vids/a.txt:1 caption is not UTF-8:",
      "vids/b.txt:1 caption is longer than",
      "vids/c.mp4:1 caption is longer than",
      "vids/e\\f.mp4:1 - has a backslash",
      "vids/g.mp4:1 caption holds NUL bytes",
      "vids/h.txt:1 caption can't be read",
    ],
  );
  assert.match(warnings.join(), /2 of 7 media have no caption file/);
});

test("a folder of 20,000 media comes in whole", async () => {
  const dir = folder({ "vids/a.txt": "" });
  for (let i = 0; i < 20_000; i++) writeFileSync(join(dir, `vids/${i}.mp4`), "");
  const { rows, warnings } = await take(dir);
  assert.equal(rows.length, 20_000);
  assert.ok(warnings.join().length < 500);
});
