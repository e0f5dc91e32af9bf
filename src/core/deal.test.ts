import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { deal } from "./deal.ts";

const table: [why: string, count: number, rooms: [string, number | null][], want: (string | null)[]][] = [
  [
    "in turn",
    3,
    [
      ["a", null],
      ["b", null],
    ],
    ["a", "b", "a"],
  ],
  [
    "a full account is passed over",
    3,
    [
      ["a", 1],
      ["b", null],
    ],
    ["a", "b", "b"],
  ],
  [
    "no room left: nobody",
    3,
    [
      ["a", 1],
      ["b", 1],
    ],
    ["a", "b", null],
  ],
  ["no accounts: nobody", 2, [], [null, null]],
];
for (const [why, count, rooms, want] of table) {
  test(`jobs are dealt: ${why}`, () => {
    assert.deepEqual(
      deal(
        count,
        rooms.map(([account, room]) => ({ account, room })),
      ),
      want,
    );
  });
}

test("a quarter of a million jobs nobody can take are told so, one by one", () => {
  assert.equal(deal(250_000, [{ account: "a", room: 0 }]).length, 250_000);
});

test("no account gets more than its room, every job is dealt while room is left, and shares differ by one at most", () => {
  const rooms = fc.array(fc.option(fc.nat(6)), { maxLength: 6 });
  return fc.assert(
    fc.property(fc.nat(30), rooms, (count, list) => {
      const dealt = deal(
        count,
        list.map((room, i) => ({ account: `a${i}`, room })),
      );
      const shares = list.map((_, i) => dealt.filter((name) => name === `a${i}`).length);
      list.forEach((room, i) => void assert.ok((shares[i] ?? 0) <= (room ?? count)));
      const space = list.reduce<number>((sum, room) => sum + (room ?? count), 0);
      assert.equal(dealt.filter((name) => name !== null).length, Math.min(count, space));
      const open = shares.filter((share, i) => share < (list[i] ?? Number.POSITIVE_INFINITY));
      if (open.length > 0) assert.ok(Math.max(...shares) - Math.min(...open) <= 1);
      assert.equal(dealt.length, count);
    }),
  );
});
