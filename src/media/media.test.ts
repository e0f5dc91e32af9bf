import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { checkMedia } from "./media.ts";
import { box, tinyMp4 } from "./tiny-mp4.fixture.ts";

const dir = mkdtempSync(join(tmpdir(), "media-"));
after(() => rmSync(dir, { recursive: true, force: true }));
let count = 0;
function file(bytes: Buffer | string, name = "v.mp4"): string {
  const folder = join(dir, String(count++));
  mkdirSync(folder);
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
}
const causeOf = async (path: string) => {
  const verdict = await checkMedia(path, null);
  return verdict.ok ? "ok" : `${verdict.category} ${verdict.cause}`;
};
const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const free = box("free", Buffer.from("12345678"));
const sound = tinyMp4();

const table: [why: string, bytes: Buffer | string, name: string, want: string][] = [
  ["a sound mp4", sound, "v.mp4", "ok"],
  ["an mp4 with a free box after it", Buffer.concat([sound, free]), "v.mp4", "ok"],
  ["an mp4 whose index stands at the end", tinyMp4({ moovLast: true }), "v.mp4", "ok"],
  ["a QuickTime file", tinyMp4({ brand: "qt  " }), "v.mov", "ok"],
  ["an mp4 under another name", sound, "v.bin", "ok"],
  ["a png", png, "p.png", "ok"],
  ["a gif", Buffer.from("GIF89a\x01\x00\x01\x00\x00\x00\x00;", "latin1"), "p.gif", "ok"],
  ["0 bytes", "", "v.mp4", "content media_empty"],
  ["a text called .mp4", "not a video at all", "v.mp4", "content media_unsupported"],
  ["a pdf", "%PDF-1.4\n%%EOF", "v.mp4", "content media_unsupported"],
  ["an mp4 cut off in its frames", sound.subarray(0, sound.length - 5), "v.mp4", "content media_broken"],
  ["an mp4 cut off in its index", tinyMp4({ moovLast: true }).subarray(0, -50), "v.mp4", "content media_broken"],
  ["an mp4 without index", tinyMp4({ noMoov: true }), "v.mp4", "content media_broken"],
  ["an mp4 with sound alone", tinyMp4({ handler: "soun" }), "v.mp4", "content media_broken"],
  ["an mp4 that lasts 0 seconds", tinyMp4({ samples: 0 }), "v.mp4", "content media_broken"],
  [
    "an mp4 full of nonsense",
    Buffer.concat([sound.subarray(0, 24), box("moov", Buffer.alloc(300, 0xff))]),
    "v.mp4",
    "content media_broken",
  ],
];
for (const [why, bytes, name, want] of table) {
  test(`media check: ${why} -> ${want}`, async () => assert.equal(await causeOf(file(bytes, name)), want));
}

test("a sound file is hashed whole", async () => {
  const verdict = await checkMedia(file(sound), null);
  assert.ok(verdict.ok);
  assert.equal(verdict.media.hash, `sha256:${createHash("sha256").update(sound).digest("hex")}`);
  assert.equal(verdict.media.size, sound.length);
});

test("a known file is believed without a read while size and time are the same", async () => {
  const path = file("rubbish of a known size");
  const { size, mtimeMs } = statSync(path);
  const known = { size, mtimeMs, hash: "sha256:remembered" };
  assert.deepEqual(await checkMedia(path, known), { ok: true, media: known });
  utimesSync(path, new Date(), new Date(mtimeMs + 5000));
  assert.equal((await checkMedia(path, known)).ok, false);
});

test("a file missing beside others is content; a missing folder is setup and the topmost one is named", async () => {
  const path = file(sound);
  assert.equal(await causeOf(`${path}.gone`), "content media_missing");
  const verdict = await checkMedia(join(dir, "drive", "sub", "deep", "v.mp4"), null);
  assert.ok(!verdict.ok);
  assert.equal(`${verdict.category} ${verdict.cause}`, "setup media_folder_missing");
  assert.match(verdict.message, new RegExp(`folder ${join(dir, "drive")} is missing`));
});

test("a file missing in an empty folder is setup: so looks a mount point without its mount", async () => {
  mkdirSync(join(dir, "bare"));
  assert.equal(await causeOf(join(dir, "bare", "v.mp4")), "setup media_mount_lost");
});

test("folders, devices and files under a file are no media", async () => {
  mkdirSync(join(dir, "folder.mp4"));
  assert.equal(await causeOf(join(dir, "folder.mp4")), "content media_unreadable");
  assert.equal(await causeOf("/dev/null"), "content media_unreadable");
  assert.equal(await causeOf(join(file(sound), "v.mp4")), "content media_unreadable");
});

test("a file this user may not read is content", {
  skip: process.getuid?.() === 0 && "root reads everything",
}, async () => {
  const path = file(sound);
  chmodSync(path, 0);
  assert.equal(await causeOf(path), "content media_unreadable");
});

const real = join(import.meta.dirname, "../../../shared/accept/tiny.mp4");
test("a real mp4 with a free box after it is fine", { skip: !existsSync(real) && "not here" }, async () => {
  assert.equal(await causeOf(file(Buffer.concat([readFileSync(real), free]))), "ok");
});
