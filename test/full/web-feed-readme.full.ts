// The README of examples/web-feed, on a real Chromium.
import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { freePort } from "../device/adb-world.ts";
import { follow, recorded } from "../e2e/follow-readme.ts";
import { needsChromium } from "../fixtures/needs-chromium.ts";

test("examples/web-feed: four posts in the site's own record", { timeout: 240_000 }, async (t) => {
  needsChromium();
  const { code, said, dir } = await follow(t, "web-feed", { WEB_FEED_URL: `http://127.0.0.1:${await freePort()}` });
  assert.equal(code, 3, said);
  const posts = recorded(join(dir, "site-posts.jsonl"));
  assert.deepEqual(posts, ["ana", "ben", "cleo", "emil"]);
});
