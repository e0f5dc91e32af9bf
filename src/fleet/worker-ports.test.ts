import assert from "node:assert/strict";
import test from "node:test";
import { WorkerPorts } from "./worker-ports.ts";

/** Ports 1 to 3. `elsewhere`: leased by another campaign; `held`: a foreign program listens there. */
function world(given: { elsewhere?: number[]; held?: number[]; isForced?: boolean }) {
  const leased = new Set(given.elsewhere);
  const held = new Set(given.held);
  const ended: number[] = [];
  const told: string[] = [];
  const free: number[] = [];
  const makeFree = async (port: number) => {
    ended.push(port);
    return held.delete(port);
  };
  const ports = new WorkerPorts({
    range: { from: 1, to: 3 },
    book: { leasePort: async (port) => !leased.has(port) && leased.add(port) !== undefined },
    mark: "m",
    reserve: async (port) => (held.has(port) ? null : () => void free.push(port)),
    makeFree: given.isForced === true ? makeFree : null,
    onWarning: (message) => told.push(message),
  });
  return { ports, ended, told, free };
}

test("each worker gets a port of its own, always the same", async () => {
  const { ports } = world({ elsewhere: [1] });
  assert.deepEqual(await Promise.all([ports.of(1), ports.of(2), ports.of(1)]), [2, 3, 2]);
});

test("a port that somebody else holds is passed over; nobody is ended while one is free", async () => {
  const { ports, ended } = world({ held: [1, 2], isForced: true });
  assert.deepEqual([await ports.of(1), ended], [3, []]);
});

test("none left: that is told, with what to do", async () => {
  const { ports, told } = world({ held: [1, 2, 3] });
  assert.equal(await ports.of(1), null);
  assert.match(told.join(), /^no port of 1-3 is free .*--force-kill-ports$/);
});

test("by force only so many are ended as workers need, and never on a port that is another campaign's", async () => {
  const { ports, ended } = world({ elsewhere: [1], held: [1, 2, 3], isForced: true });
  assert.deepEqual([await ports.of(7), ended], [2, [2]]);
  assert.deepEqual([await ports.of(8), ended], [3, [2, 3]]);
});

test("when nobody works any more each port is given back", async () => {
  const { ports, free } = world({ held: [1, 2], isForced: true });
  await Promise.all([ports.of(1), ports.of(2)]);
  assert.deepEqual(free, []);
  ports.release();
  assert.deepEqual(free.toSorted(), [1, 3]);
});
