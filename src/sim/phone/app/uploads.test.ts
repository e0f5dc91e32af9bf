import assert from "node:assert/strict";
import test from "node:test";
import { Uploads } from "./uploads.ts";

const upload = { account: "anna", mediaSha256: "00", caption: "hi" };
type Mock = { timers: { enable(o: { apis: ["setTimeout"] }): void; tick(ms: number): void } };

function started(mock: Mock): { uploads: Uploads; done: number[] } {
  mock.timers.enable({ apis: ["setTimeout"] });
  const done: number[] = [];
  return { uploads: new Uploads(({ id }) => done.push(id)), done };
}

test("an upload without a duration is there at once", (t) => {
  const { uploads, done } = started(t.mock);
  assert.equal(uploads.start(upload, 0), 1);
  assert.deepEqual([done, uploads.pending.length], [[1], 0]);
});

test("an upload goes on only when every reason to pause is over", (t) => {
  const { uploads, done } = started(t.mock);
  uploads.start(upload, 1000);
  uploads.pause("rebooting");
  uploads.pause("offline");
  t.mock.timers.tick(5000);
  uploads.resume("rebooting");
  t.mock.timers.tick(5000);
  assert.deepEqual(done, []);
  uploads.resume("offline");
  t.mock.timers.tick(1001);
  assert.deepEqual(done, [1]);
});

test("an upload that never ends is hastened, once", (t) => {
  const { uploads, done } = started(t.mock);
  uploads.start(upload, Number.POSITIVE_INFINITY);
  t.mock.timers.tick(100_000);
  assert.equal(uploads.pending.length, 1);
  uploads.hasten(0);
  uploads.hasten(0);
  assert.deepEqual([done, uploads.pending.length], [[1], 0]);
});
