import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { KILL_TABLE, POSTER_POINTS } from "../../test/rig/kill-table.ts";
import { readArms } from "./armed.ts";
import { armFailpoints, failpoint } from "./failpoint.ts";
import { FAILPOINTS, type Failpoint } from "./names.ts";

const MEANT = "yes, break this run";

function folder(t: { after(end: () => void): void }): string {
  const dir = mkdtempSync(join(tmpdir(), "reprise-failpoint-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Names asked for anywhere in the product. */
function used(): string[] {
  const src = join(import.meta.dirname, "..");
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !file.endsWith(".test.ts"),
  );
  const calls = files.flatMap((file) => [...readFileSync(join(src, file), "utf8").matchAll(/failpoint\("([^"]+)"\)/g)]);
  return calls.map(([, name]) => String(name)).sort();
}

test("each failpoint stands at one place of the program", () => {
  assert.deepEqual(used(), Object.keys(FAILPOINTS).sort());
});

test("each failpoint has a row in the kill sweep's table, and the table knows no others", () => {
  assert.deepEqual(Object.keys(KILL_TABLE).sort(), [...Object.keys(FAILPOINTS), ...POSTER_POINTS].sort());
});

test("a process that nobody armed does nothing at a failpoint", async () => {
  await armFailpoints({});
  failpoint("intent.committed");
});

const refusals: [why: string, env: Record<string, string>, want: RegExp][] = [
  ["asked for once only", { REPRISE_FAILPOINTS: "run.opened=kill" }, /only for tests/],
  ["meant otherwise", { REPRISE_FAILPOINTS: "run.opened=kill", REPRISE_FAILPOINTS_MEANT: "1" }, /only for tests/],
  ["no folder", { REPRISE_FAILPOINTS: "count", REPRISE_FAILPOINTS_MEANT: MEANT }, /REPRISE_FAILPOINTS_DIR/],
  ["no such name", { REPRISE_FAILPOINTS: "run.open=kill" }, /"run.open=kill" is none/],
  ["no such action", { REPRISE_FAILPOINTS: "run.opened=hang" }, /kill\|stop\|throw/],
  ["a name of every object", { REPRISE_FAILPOINTS: "constructor=kill" }, /is none/],
];
for (const [why, env, want] of refusals) {
  test(`refused: ${why}`, async (t) => {
    const sure = env.REPRISE_FAILPOINTS_MEANT === undefined && !/once/.test(why);
    const more = sure ? { REPRISE_FAILPOINTS_MEANT: MEANT, REPRISE_FAILPOINTS_DIR: folder(t) } : {};
    await assert.rejects(armFailpoints({ ...env, ...more }), want);
  });
}

test("the hit asked for throws, the others are only counted, over all processes that share the folder", (t) => {
  const dir = folder(t);
  const env = {
    REPRISE_FAILPOINTS: "end.heard=throw@3",
    REPRISE_FAILPOINTS_MEANT: MEANT,
    REPRISE_FAILPOINTS_DIR: dir,
  };
  const [one, other] = [readArms(env), readArms(env)];
  const heard: Failpoint = "end.heard";
  one(heard);
  other(heard);
  one("end.settled");
  assert.throws(() => other(heard), /failpoint end.heard/);
  one(heard);
  assert.deepEqual(readdirSync(dir).sort(), [
    "end.heard.1",
    "end.heard.2",
    "end.heard.3",
    "end.heard.4",
    "end.settled.1",
  ]);
  assert.equal(readFileSync(join(dir, "end.heard.3"), "utf8"), String(process.pid));
});
