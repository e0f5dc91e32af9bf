import assert from "node:assert/strict";
import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { rotateLogs } from "./log-rotation.ts";

test("a log over its size becomes .1, the oldest goes, and who holds it open writes on at its new start", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "reprise-logs-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const log = join(folder, "worker_1.log");
  const holder = openSync(log, "a");
  t.after(() => closeSync(holder));
  appendFileSync(join(folder, "small.log"), "x");
  for (let n = 1; n <= 5; n++) {
    writeSync(holder, `round ${n}\n`);
    await rotateLogs(folder, { maxBytes: 4, keep: 3 });
  }
  writeSync(holder, "now\n");
  const files = readdirSync(folder).sort();
  assert.deepEqual(files, ["small.log", "worker_1.log", "worker_1.log.1", "worker_1.log.2", "worker_1.log.3"]);
  assert.deepEqual(
    files.map((name) => readFileSync(join(folder, name), "utf8").trim()),
    ["x", "now", "round 5", "round 4", "round 3"],
  );
});

test("no folder of logs is no trouble", () =>
  rotateLogs(join(tmpdir(), "reprise-none", "logs"), { maxBytes: 1, keep: 1 }));
