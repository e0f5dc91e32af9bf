import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { FAILPOINTS } from "../failpoint/names.ts";

const BIN = fileURLToPath(new URL("../../bin/reprise.mjs", import.meta.url));
const reprise = (args: string[], env: Record<string, string> = {}) =>
  spawnSync(process.execPath, [BIN, ...args], { encoding: "utf8", env: { PATH: process.env.PATH, ...env } });

test("reprise failpoints lists them all, and no page or completion names it", () => {
  const { stdout, status } = reprise(["failpoints"]);
  assert.equal(status, 0);
  for (const name of Object.keys(FAILPOINTS)) assert.match(stdout, new RegExp(`^${name} `, "m"));
  for (const page of [["--help"], ["help", "--all"], ["completion", "bash"]])
    assert.doesNotMatch(reprise(page).stdout, /failpoint/);
});

test("a failpoint that nobody meant is refused with one line, before anything starts", () => {
  const { stderr, stdout, status } = reprise(["status"], { REPRISE_FAILPOINTS: "run.opened=kill" });
  assert.equal(status, 2);
  assert.equal(stdout, "");
  assert.match(stderr, /^usage: REPRISE_FAILPOINTS: only for tests.*\n$/);
});
