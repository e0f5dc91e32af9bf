import assert from "node:assert/strict";
import test from "node:test";
import { keptOnceOpen } from "./kept-once-open.ts";

test("what was opened is kept, and a failure is not: the next one who asks tries anew", async () => {
  let tries = 0;
  const ask = keptOnceOpen(async () => {
    if (++tries === 1) throw new Error("EMFILE");
    return { tries };
  });
  await assert.rejects(ask(), /EMFILE/);
  const [first, second] = await Promise.all([ask(), ask()]);
  assert.deepEqual([first, second === first, await ask()], [{ tries: 2 }, true, first]);
});
