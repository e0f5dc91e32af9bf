// The shipped example, run as its README says, and the same through the API.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { PassResult, RepriseError, runWithRetry } from "../index.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const bin = join(root, "bin/reprise.mjs");
const limit = { timeout: 60_000 };

/** A copy of the example in a folder of its own, with `reprise` on the PATH. */
function world(t: TestContext) {
  const dir = mkdtempSync(join(tmpdir(), "reprise-example-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  cpSync(join(root, "examples/command"), dir, { recursive: true });
  mkdirSync(join(dir, "bin"));
  writeFileSync(join(dir, "bin/reprise"), `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`, { mode: 0o755 });
  const own = Object.entries(process.env).filter(([key]) => !/^(REPRISE_|NODE_TEST|OUTBOX)/.test(key));
  const env = { ...Object.fromEntries(own), PATH: `${join(dir, "bin")}:${process.env.PATH}` };
  const posts = () =>
    readdirSync(join(dir, "outbox"), { recursive: true, encoding: "utf8" }).filter((f) => f.endsWith(".mp4"));
  return { dir, env, posts };
}

function reprise({ dir, env }: ReturnType<typeof world>, args: string[], closeStdout = false) {
  const child = spawn(process.execPath, [bin, ...args], { cwd: dir, env, stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let err = "";
  if (closeStdout) child.stdout.destroy();
  else child.stdout.on("data", (d) => (out += d));
  child.stderr.on("data", (d) => (err += d));
  return new Promise<{ code: unknown; out: string; err: string }>((resolve) =>
    child.once("close", (code) => resolve({ code, out, err })),
  );
}

for (const poster of ["./poster.sh", "./poster.mjs", "./poster.py"]) {
  test(`the example posts its five jobs with ${poster}, and none of them twice`, limit, async (t) => {
    const w = world(t);
    const first = await reprise(w, ["run", "jobs.jsonl", "--exec", poster, "--verify-exec", "same"]);
    assert.equal(first.code, 0, first.err);
    assert.equal(w.posts().length, 5);
    assert.equal(first.err.match(/^[✓+] posted/gm)?.length, 5);
    assert.doesNotMatch(first.err, /silent/);
    const second = await reprise(w, ["run", "jobs.jsonl", "--exec", poster]);
    assert.equal(second.code, 4, second.err);
  });
}

test("a blocked account is held, the others are posted, and a person brings it back", limit, async (t) => {
  const w = world(t);
  mkdirSync(join(w.dir, "outbox/ana"), { recursive: true });
  writeFileSync(join(w.dir, "outbox/ana/BLOCKED"), "");
  const run = await reprise(w, ["run", "jobs.jsonl", "--exec", "./poster.mjs"]);
  assert.equal(run.code, 3, run.err);
  assert.match(run.err, /1 held account \(ana\): reprise accounts list/);
  rmSync(join(w.dir, "outbox/ana/BLOCKED"));
  assert.equal((await reprise(w, ["accounts", "release", "ana"])).code, 0);
  assert.equal((await reprise(w, ["jobs", "retry", "harbour"])).code, 0);
  assert.equal((await reprise(w, ["run", "--exec", "./poster.mjs"])).code, 0);
  assert.equal(w.posts().length, 5);
});

test("a run whose reader goes away goes on to its end", limit, async (t) => {
  const w = world(t);
  const { code, err } = await reprise(w, ["run", "jobs.jsonl", "--json", "--exec", "./poster.mjs"], true);
  assert.equal(code, 0, err);
  assert.equal(w.posts().length, 5);
});

test("the API runs the same campaign and tells every event", limit, async (t) => {
  const w = world(t);
  const types: string[] = [];
  const run = await runWithRetry({
    jobs: ["jobs.jsonl"],
    cwd: w.dir,
    exec: `OUTBOX='${w.dir}/outbox' '${process.execPath}' '${w.dir}/poster.mjs'`,
    maxPasses: 2,
    retryDelaySeconds: 0,
    onEvent: (line) => types.push(line.type),
  });
  assert.equal(run.final_result, PassResult.ALL_COMPLETE);
  assert.equal(run.success, 5);
  assert.equal(types[0], "run.started");
  assert.equal(types.at(-1), "run.finished");
  assert.ok(existsSync(join(w.dir, ".reprise")));
});

test("the API refuses a bad setting as a typed error", async () => {
  const refused = await runWithRetry({ workers: 0, cwd: tmpdir() }).catch((e: unknown) => e);
  assert.ok(refused instanceof RepriseError);
  assert.equal(refused.code, "usage");
  assert.match(refused.message, /--workers is "0"/);
});
