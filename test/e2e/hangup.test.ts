// A terminal that is closed (SIGHUP, output to nowhere), on a real pseudo-terminal (3-semantics 3.7, F27).
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { EXEC, has, jobs, kill, once, type Plan, QUICK, until, World } from "./world.ts";

/** The command in a shell of a terminal; the shell outlives it to write its exit code down. */
const inTerminal = (w: World, flags: string) => [
  "script",
  "-qec",
  `sh -c 'trap : HUP; "$@"; echo $? >${w.dir}/code' reprise "$REPRISE_TEST_NODE" "$REPRISE_TEST_BIN" run jobs.jsonl --yes --renderer lines --exec "$REPRISE_TEST_EXEC" ${QUICK.join(" ")} ${flags}`,
  "/dev/null",
];

const read = (w: World, file: string) => (existsSync(join(w.dir, file)) ? readFileSync(join(w.dir, file), "utf8") : "");

for (const [where, scripts] of [
  ["in a pass", { j1: ["publish + at past + post + posted + exit 0"], j2: ["at before + ok", "ok"] }],
  ["in the delay", { j1: ["fail socket hang up", "ok"] }],
] as [string, Plan][]) {
  test(`a terminal closed ${where} is an orderly stop, exit 129, and the next start goes on`, async (t) => {
    const w = new World(t, jobs(3), scripts);
    const terminal = w.startRaw(inTerminal(w, where === "in the delay" ? "--retry-delay 600" : ""), {
      REPRISE_TEST_NODE: process.execPath,
      REPRISE_TEST_BIN: join(import.meta.dirname, "../../bin/reprise.mjs"),
      REPRISE_TEST_EXEC: EXEC,
    });
    if (where === "in a pass") await Promise.all([w.reached("past"), w.reached("before")]);
    else await until("the delay", () => read(w, ".reprise/logs/orchestrator.log").includes('"pass.waiting"'));
    kill(terminal.pid ?? 0, "SIGKILL"); // nobody holds the other end of the terminal any more
    if (where === "in a pass") w.open("past");
    const code = await until("the exit code", () => read(w, "code"));
    assert.equal(code.trim(), "129");
    await until("the last process's end", () => w.census().length === 0);
    has(await w.status(), { state: "idle", success: where === "in a pass" ? 1 : 2, unconfirmed: 0 });
    if (where === "in the delay") return; // what is left of it is kept: test/e2e/crash.test.ts
    has((await w.again()).final, { success: 3 });
    once(w, ["j1", "j2", "j3"]);
  });
}
