import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { missingMedia } from "./missing-media.ts";

test("media that is not there is told by folder, and once for each file", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "reprise-missing-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, "there"));
  for (const name of ["there/a.mp4", "there/b.mp4", "file"]) writeFileSync(join(root, name), "");
  const at = (...names: string[]) => names.map((name) => join(root, name));
  assert.deepEqual(await missingMedia(at("there/a.mp4", "there/b.mp4")), []);
  const found = await missingMedia(
    at("there/a.mp4", "there/x.mp4", "there/x.mp4", "gone/1.mp4", "gone/2.mp4", "file/1.mp4"),
  );
  assert.deepEqual(found, [
    { folder: join(root, "there"), why: null, missing: ["x.mp4"], of: 2 },
    { folder: join(root, "gone"), why: "is not there", missing: ["1.mp4", "2.mp4"], of: 2 },
    { folder: join(root, "file"), why: "is not a folder", missing: ["1.mp4"], of: 1 },
  ]);
});
