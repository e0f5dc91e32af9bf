import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { openEventLog } from "./event-log.ts";

test("a run that ends as soon as its log is open leaves its events and no complaint", (t) => {
  const stateDir = mkdtempSync(join(tmpdir(), "event-log-"));
  t.after(() => rmSync(stateDir, { recursive: true, force: true }));
  const { href } = new URL("./event-log.ts", import.meta.url);
  const program = `
    const { openEventLog } = await import(${JSON.stringify(href)});
    const log = await openEventLog(${JSON.stringify(stateDir)});
    log.write({ v: 1, type: "warning" });
    log.close();
    process.exit(3);`;
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  assert.deepEqual({ status, stderr }, { status: 3, stderr: "" });
  assert.match(readFileSync(join(stateDir, "logs", "orchestrator.log"), "utf8"), /"type":"warning"/);
});

test("a line is in the file soon, also when nothing follows it", async (t) => {
  const stateDir = mkdtempSync(join(tmpdir(), "event-log-"));
  t.after(() => rmSync(stateDir, { recursive: true, force: true }));
  const log = await openEventLog(stateDir);
  t.after(() => log.close());
  log.write({ v: 1, ts: "2026-01-01T00:00:00.000Z", run: "-", type: "warning", code: "alone", message: "" });
  const file = join(stateDir, "logs", "orchestrator.log");
  const end = Date.now() + 30_000;
  while (!readFileSync(file, "utf8").includes("alone")) {
    assert.ok(Date.now() < end, "never written");
    await pause(20);
  }
});
