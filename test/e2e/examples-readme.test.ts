// What a newcomer copies out of an example's README is run as it stands there, in a copy of the folder.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { follow, recorded } from "./follow-readme.ts";

const limit = { timeout: 240_000 };

test("examples/command: five videos in the outbox", limit, async (t) => {
  const { code, said, dir } = await follow(t, "command");
  assert.equal(code, 0, said);
  const posted = readdirSync(join(dir, "outbox"), { recursive: true, encoding: "utf8" });
  assert.equal(posted.filter((name) => name.endsWith(".mp4")).length, 5, said);
  assert.match(said, /all_complete/);
});

test("examples/official-api: three posts in the API's own record, and what its table promises", limit, async (t) => {
  const { code, said, dir } = await follow(t, "official-api");
  assert.equal(code, 3, said);
  const posts = recorded(join(dir, "api-posts.jsonl"));
  assert.deepEqual(posts, ["ana", "ben", "emil"]);
  assert.match(said, /2 held accounts \((cleo, fay|fay, cleo)\)/);
});

test("examples/scenarios: a bad night, and nothing is posted", limit, async (t) => {
  const { code, said, dir } = await follow(t, "scenarios");
  assert.equal(code, 0, said);
  assert.match(said, /=== PASS 2 OF 3 ===/);
  assert.ok(existsSync(join(dir, ".reprise/simulated")));
});
