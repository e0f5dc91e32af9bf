import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import test from "node:test";
import { mayBePublished } from "./may-be-published.ts";

const table: [text: string, may: boolean][] = [
  ['A banner says "Keep Instagram open to finish posting..." with a progress bar', true],
  ["Sharing to Reels...", true],
  ["Posting…", true],
  ["Uploading 40%", true],
  ["the video is still being uploaded", true],
  ["an upload is in progress", true],
  ["Your reel has been shared", true],
  ["A post was successfully shared. The next step failed", true],
  ["no upload in progress, the feed looks normal", false],
  ["There is no progress bar or upload pending", false],
  ["The text 'Sharing to Reels' is not visible", false],
  ["the posting flow is accessible, a video is ready to be posted", false],
  ["the posting process was interrupted", false],
  ["adb: device offline", false],
  ["We suspended your account", false],
  ["", false],
];
for (const [text, may] of table) {
  test(`${JSON.stringify(text)} ${may ? "may be live" : "shows no upload"}`, () => {
    assert.equal(mayBePublished({ message: text }, "unknown"), may);
  });
}

test("a megabyte is read in under 50 ms", () => {
  for (const unit of ["posting ", "keep ", "no ", "is still being ", "."]) {
    const text = unit.repeat(1_000_000 / unit.length);
    mayBePublished({ message: text }, "unknown");
    const from = performance.now();
    mayBePublished({ message: text }, "unknown");
    const took = performance.now() - from;
    assert.ok(took < 50, `${JSON.stringify(unit)}: ${took} ms`);
  }
});
