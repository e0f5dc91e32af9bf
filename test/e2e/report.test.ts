// `report` on a real run: page, CSV and JUnit XML, from the ledger alone.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { lstatSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { parse } from "csv-parse/sync";
import { EXEC, has, jobs, World } from "./world.ts";

test("a run is reported as a page, as CSV and as JUnit XML; an earlier run by its id", async (t) => {
  const rows = jobs(4, (i) => (i === 1 ? { caption: "=1+1 <b>" } : {}));
  const w = new World(t, rows, { j2: ["fail Your account was suspended"], j3: ["fail adb: device offline", "ok"] });
  const { final, events } = await w.go();
  const run = events.at(-1)?.run ?? "";
  has(final, { exit_code: 3, success: 3, attempts: 5 });
  const read = (name: string) => readFileSync(join(w.dir, name), "utf8");

  const made = await w.run("report --html r.html --csv r.csv --junit r.xml".split(" "));
  assert.equal(made.code, 0, made.err);
  assert.match(read("r.html"), /<dt>Posted<\/dt><dd>3 of 4<\/dd>/);
  assert.match(read("r.html"), /infrastructure\/device_offline/);
  const table = parse(read("r.csv"), { columns: true }) as Record<string, string>[];
  assert.deepEqual(
    table.map((r) => [r.job, r.status, r.attempts, r.caption]),
    [
      ["j1", "success", "1", "'=1+1 <b>"],
      ["j2", "failed", "1", "about j2"],
      ["j3", "success", "2", "about j3"],
      ["j4", "success", "1", "about j4"],
    ],
  );
  assert.equal(read("r.xml").match(/<testcase /g)?.length, 4);
  assert.match(read("r.xml"), /name="j2"[^>]*><failure type="account\/suspended"/);
  assert.deepEqual(
    readdirSync(w.dir).filter((name) => name.includes(".part")),
    [],
  );

  w.jobFile("more.jsonl", [{ id: "k1", account: "new" }]);
  const second = await w.run(["run", "more.jsonl", "--json", "--exec", EXEC, "--retry-delay", "0"]);
  const again = await w.run(["report", run, "--csv", "-"]);
  assert.deepEqual(
    (parse(again.out, { columns: true }) as { job: string; status: string }[]).map((r) => `${r.job} ${r.status}`),
    ["j1 success", "j2 failed", "j3 success", "j4 success"],
    "k1 came later",
  );
  has(await w.ask("report"), { type: "report", of_run: second.events.at(-1)?.run, attempts: 1 });
  assert.match((await w.run(["report"])).out, /As a page: reprise report \S+ --html FILE/);
});

test("a link stays a link, and into a pipe is written", async (t) => {
  const w = new World(t, jobs(1));
  await w.go();
  const at = (name: string) => join(w.dir, name);
  w.write("night.csv", "old");
  symlinkSync("night.csv", at("latest.csv"));
  assert.equal((await w.run(["report", "--csv", "latest.csv"])).code, 0);
  assert.deepEqual(
    [lstatSync(at("latest.csv")).isSymbolicLink(), /^j1,/m.test(readFileSync(at("night.csv"), "utf8"))],
    [true, true],
  );
  spawnSync("mkfifo", [at("pipe")]);
  const [made, read] = await Promise.all([w.run(["report", "--csv", "pipe"]), readFile(at("pipe"), "utf8")]);
  assert.deepEqual([made.code, read, lstatSync(at("pipe")).isFIFO()], [0, readFileSync(at("night.csv"), "utf8"), true]);
});

test("a report of nothing, of an unknown run, or into a folder that is not there is refused", async (t) => {
  const w = new World(t, jobs(1));
  const refused = async (...args: string[]) => {
    const { code, err } = await w.run(["report", ...args]);
    assert.equal(code, 2);
    return err;
  };
  assert.match(await refused(), /there is no run yet/);
  await w.go();
  assert.match(await refused("nope"), /run nope: not one of campaign default; the last one is 2/);
  assert.match(await refused("--html", "gone/r.html"), /gone\/r\.html can't be written \(ENOENT\)/);
  assert.match(await refused("--html", "-", "--csv", "-"), /only one of them can be -/);
});
