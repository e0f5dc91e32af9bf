import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { ADB, encodeMessage, MessageReader, pieces } from "./wire.ts";

const message = fc.record(
  {
    command: fc.constantFrom(...Object.values(ADB)),
    arg0: fc.nat(),
    arg1: fc.nat(),
    payload: fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
  },
  { noNullPrototype: true },
);

test("messages come out as they went in, however the stream is chopped", () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 6 }), fc.integer({ min: 1, max: 60 }), (messages, size) => {
      const stream = Buffer.concat(messages.map((m) => encodeMessage(m.command, m.arg0, m.arg1, m.payload)));
      const reader = new MessageReader();
      const read = pieces(stream, size).flatMap((piece) => reader.push(piece));
      assert.deepEqual(read, messages);
    }),
  );
});
