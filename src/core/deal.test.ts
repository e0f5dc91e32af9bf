import assert from "node:assert/strict";
import test from "node:test";
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
