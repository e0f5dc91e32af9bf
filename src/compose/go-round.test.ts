import assert from "node:assert/strict";
import test from "node:test";
import { goRound } from "./go-round.ts";

test("a name that always fails keeps no other waiting, and is told once", async () => {
  const visits: string[] = [];
  const told: string[] = [];
  const thrice = Promise.withResolvers<void>();
  const end = goRound({
    names: () => ["bad", "good"],
    async visit(name) {
      visits.push(name);
      if (name === "bad") throw new Error("no");
      if (visits.length >= 6) thrice.resolve();
    },
    failed: (name, error) => told.push(`${name}: ${String(error)}`),
    everyMs: 1,
  });
  await thrice.promise;
  await end();
  assert.deepEqual(visits.slice(0, 4), ["bad", "good", "bad", "good"]);
  assert.deepEqual(told, ["bad: Error: no"]);
});

test("its end waits for the visit under way and begins no other", async () => {
  const visits: string[] = [];
  const [begun, over] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const end = goRound({
    names: () => ["slow", "next"],
    visit(name) {
      visits.push(name);
      begun.resolve();
      return over.promise;
    },
    failed: () => assert.fail("nothing fails"),
    everyMs: 1,
  });
  await begun.promise;
  let hasEnded = false;
  const ended = end().then(() => {
    hasEnded = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(hasEnded, false);
  over.resolve();
  await ended;
  assert.deepEqual(visits, ["slow"]);
});
