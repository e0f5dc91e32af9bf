// Every form of job file through the real command, and back out: folders, an earlier program's files, edits, exports.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { box, tinyMp4 } from "../../src/media/tiny-mp4.ts";
import { EXEC, has, jobs, once, QUICK, World } from "./world.ts";

const RUN = ["--json", "--exec", EXEC, ...QUICK];
const video = (name: string) => Buffer.concat([tinyMp4(), box("free", Buffer.from(name))]);

test("a folder: captions beside their media, sub-folders for accounts, the rest dealt; twice is once", async (t) => {
  const w = new World(t, []);
  mkdirSync(join(w.dir, "vids/cleo"), { recursive: true });
  for (const name of ["one", "two", "cleo/three"]) {
    w.write(`vids/${name}.mp4`, video(name));
    w.write(`vids/${name}.txt`, `about ${name}\n`);
  }
  const { code, final } = await w.run(["run", "vids", "--accounts", "ann,ben,cleo", ...RUN]);
  assert.equal(code, 0);
  has(final, { success: 3 });
  assert.deepEqual(new Set(w.notes("posts").map((n) => n.account)), new Set(["ann", "ben", "cleo"]));
  const again = await w.run(["run", "vids/", "--accounts", "ann,ben,cleo", ...RUN]);
  has(again.final, { total: 3, success: 3, attempts: 0 });
  assert.equal(w.posts().length, 3);
});

const PRIOR =
  "job_id,account,video_path,caption,status,worker_id,claimed_at,completed_at,error,attempts,max_attempts,retry_at,error_type,error_category,pass_number,run_id,video_id";
const prior = (rows: [id: string, status: string][]) =>
  [
    PRIOR,
    ...rows.map(
      ([id, status]) =>
        `${id},${id}-acct,C:\\vids\\${id}.mp4,"about\n${id}",${status},1,,2025-12-22T21:13:14,${status === "failed" ? "boom" : ""},0,3,,,,,,`,
    ),
  ].join("\n");

test("an earlier program's CSV ledger is taken over mid-campaign: what it posted is never posted again", async (t) => {
  const w = new World(t, []);
  for (const id of ["p1", "p2", "p3", "p4"]) w.write(`${id}.mp4`, video(id));
  const take = ["import", "ledger.csv", "--media-map", `C:\\vids=${w.dir}`];
  w.write(
    "ledger.csv",
    prior([
      ["p1", "success"],
      ["p2", "pending"],
      ["p3", "failed"],
      ["p4", "retrying"],
    ]),
  );
  has(await w.ask(...take), { added: 4, known: 0 });
  has(await w.ask(...take), { added: 0, known: 4 });
  has(await w.status(), { total: 4, success: 1, failed: 1, pending: 2 });
  // the earlier program went on for a while
  w.write(
    "ledger.csv",
    prior([
      ["p1", "success"],
      ["p2", "success"],
      ["p3", "failed"],
      ["p4", "in_progress"],
    ]),
  );
  has(await w.ask(...take), { known: 3, updated: ["p2"] });
  const { final } = await w.run(["run", ...RUN]);
  has(final, { success: 3, failed: 1, attempts: 1 });
  once(w, ["p4"]);
  // another job with media that it posted
  w.write("more.jsonl", `{"id":"twin","account":"p1-acct","media":"p1.mp4"}\n`);
  has(await w.ask("import", "more.jsonl"), { duplicates: 1 });
  has((await w.run(["run", "--daily-limit", "0", ...RUN])).final, { skipped: 1, attempts: 0 });
  has((await w.run(["run", "--retry-all-failed", ...RUN])).final, { success: 4, attempts: 1 });
  once(w, ["p4", "p3"]);
});

test("what an earlier program posted is known in another folder too, by its content", async (t) => {
  const w = new World(t, []);
  w.write("p1.mp4", video("p1"));
  w.write("ledger.csv", prior([["p1", "success"]]));
  has(await w.ask("import", "ledger.csv", "--media-map", `C:\\vids=${w.dir}`), { added: 1 });
  mkdirSync(join(w.dir, "new"));
  w.write("new/again.mp4", video("p1"));
  w.write("new/other.mp4", video("p2"));
  const row = (id: string) => JSON.stringify({ id, account: "p1-acct", media: `new/${id}.mp4` });
  w.write("more.jsonl", `${row("again")}\n${row("other")}\n`);
  const { final } = await w.run(["run", "more.jsonl", "--daily-limit", "0", ...RUN]);
  has(final, { success: 2, skipped: 1 });
  once(w, ["other"]);
});

test("a JSON state with paths of another machine: accounts to deal to and its own limit come along", async (t) => {
  const w = new World(t, []);
  for (const id of ["s1", "s2", "s3"]) w.write(`${id}.mp4`, video(id));
  const job = (id: string, more: object = {}) => ({
    id,
    account: "",
    video_path: `C:\\v\\${id}.mp4`,
    caption: "c",
    status: "pending",
    ...more,
  });
  const state = {
    jobs: [job("s1", { account: "ann" }), job("s2"), job("s3", { status: "retrying" })],
    accounts: [{ name: "ann" }, { name: "ben" }],
    settings: { posts_per_account_per_day: 2, humanize: true },
  };
  w.write("state.json", JSON.stringify(state, null, 1));
  const { code, final, err } = await w.run(["run", "state.json", "--media-map", `C:\\v=${w.dir}`, ...RUN]);
  assert.equal(code, 0, err);
  has(final, { success: 3 });
  assert.deepEqual(
    w
      .notes("posts")
      .map((n) => n.account)
      .sort(),
    ["ann", "ann", "ben"],
  );
});

test("an edited caption is taken over while its job is untried, and left alone after; both are listed", async (t) => {
  const w = new World(t, jobs(3));
  await w.go("--accounts", "acct1");
  const rows = jobs(3, (i) => ({ media: `j${i}.mp4`, caption: "a better one" }));
  w.jobFile("jobs.jsonl", rows);
  const { code, out } = await w.run(["import", "jobs.jsonl"]);
  assert.equal(code, 0);
  assert.match(out, /^Read 3 rows: 0 new, 0 known, 2 updated, 1 left as they are\./);
  assert.match(out, /^updated .*:\n {2}j2\n {2}j3\nleft as they are .*:\n {2}j1$/m);
  has(await w.ask("import", "jobs.jsonl"), { known: 2, updated: [], unchanged: ["j1"] });
  has(await w.ask("jobs", "show", "j2"), { caption: "a better one" });
  has(await w.ask("jobs", "show", "j1"), { caption: "about j1" });
  has((await w.again()).final, { success: 3, total: 3 });
});

test("jobs export: JSONL and CSV come back as they were; a filter; no formulas in the CSV", async (t) => {
  const w = new World(t, [
    {
      id: "=1",
      account: "@ann",
      caption: '=1+1\nüber "it", \'so',
      not_before: "2026-11-24T10:00:00Z",
      data: { a: [1] },
    },
    { id: "b", priority: -3, pool: "east", allow_repost: true, caption: "'@quoted" },
    { id: "c", media: "C:\\elsewhere\\c.mp4", caption: "" },
  ]);
  await w.run(["import", "jobs.jsonl"]);
  const exported = async (...args: string[]) => (await w.run(["jobs", "export", ...args])).out;
  const jsonl = await exported();
  const csv = await exported("--format", "csv");
  assert.doesNotMatch(csv, /(^|,)"?[=+@\t\r]/m);
  assert.match(await exported("--format", "csv", "--raw"), /^=1,@ann,/m);
  for (const [name, text] of [
    ["out.jsonl", jsonl],
    ["out.csv", csv],
  ] as const) {
    w.write(name, text);
    has(await w.ask("import", name), { added: 0, known: 3, updated: [] });
    has(await w.ask("--campaign", name, "import", name), { added: 3 });
    assert.equal((await w.run(["--campaign", name, "jobs", "export"])).out, jsonl);
  }
  assert.equal((await exported("--status", "success,failed")).trim(), "");
  await w.run(["jobs", "hold", "b", "--yes"]);
  assert.equal(JSON.parse(await exported("--status", "held")).id, "b");
  assert.equal(readFileSync(join(w.dir, "out.csv"), "utf8"), csv);
});
