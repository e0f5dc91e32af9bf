import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { findCommand, probeClock, probeFolder, probeMedia } from "./doctor.ts";

const here = mkdtempSync(join(tmpdir(), "reprise-doctor-"));
after(() => rmSync(here, { recursive: true, force: true }));
mkdirSync(join(here, "bin"));
writeFileSync(join(here, "bin", "post"), "", { mode: 0o755 });
writeFileSync(join(here, "plain"), "", { mode: 0o644 });
writeFileSync(join(here, "poster.mjs"), "");
writeFileSync(join(here, "a b"), "", { mode: 0o755 });
const env = { PATH: `${join(here, "bin")}:/usr/bin:/bin` };

const table: [why: string, command: string, want: string][] = [
  ["on PATH", "post --fast", "found"],
  ["by path", "./bin/post", "found"],
  ["behind variables", "A=1 B='x y' post", "found"],
  ["in quotes", '"./a b" x', "found"],
  ["an escaped blank", "./a\\ b x", "found"],
  ["not on PATH", "pots", "missing not found on PATH"],
  ["no such file", "./gone.sh", "missing there is no such file"],
  ["not executable", "./plain", `missing ${join(here, "plain")} is not executable (chmod +x)`],
  ["an interpreter with its script", "sh poster.mjs", "found"],
  ["an interpreter without its script", "sh gone.mjs", "missing there is no such file"],
  ["an interpreter with code", "sh -c 'post'", "found"],
  ["a variable", "$POSTER run", "untold"],
  ["the shell's own words", "cd /x && post", "untold"],
  ["only variables", "A=1", "untold"],
];
for (const [why, command, want] of table) {
  test(`a poster's command is looked up without running it: ${why}`, () => {
    const found = findCommand(command, here, env);
    assert.equal(found.kind === "missing" ? `missing ${found.why}` : found.kind, want);
  });
}

test("a folder is seen as it is, or the one above that is there", () => {
  chmodSync(join(here, "bin"), 0o750);
  const found = probeFolder(join(here, "bin"));
  assert.equal(found.exists && found.isFolder && found.isWritable, true);
  assert.equal(found.mode, 0o750);
  assert.ok((found.freeBytes ?? 0) > 0);
  const missing = probeFolder(join(here, "none", "deeper"));
  assert.deepEqual([missing.path, missing.exists, missing.isFolder], [here, false, true]);
  assert.equal(probeFolder(join(here, "plain")).isFolder, false);
});

test("media folders are looked at once each, fifty at most", async () => {
  async function* media() {
    for (let i = 0; i < 10; i++) yield join(here, `v${i}.mp4`);
    yield join(here, "plain", "x.mp4");
    for (let i = 0; i < 60; i++) yield `/nowhere-${i}/x.mp4`;
  }
  const { folders, bad, hasMore } = await probeMedia(media());
  assert.deepEqual([folders, bad.length, hasMore], [50, 49, true]);
  assert.equal(bad[0]?.why, "is not a folder");
  assert.equal(bad[1]?.why, "is not there");
});

test("a clock that nobody touches does not jump, and a zone nobody knows is named", async () => {
  const found = await probeClock("UTC", "Mars/Base");
  assert.ok(Math.abs(found.jumpMs) < 500);
  assert.equal(found.unknownZone, "Mars/Base");
  assert.equal((await probeClock("UTC", undefined)).unknownZone, null);
});
