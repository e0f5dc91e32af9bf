import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { parseSerial } from "./serial.ts";

const table: [text: string, kind: "usb" | "tcp" | null][] = [
  ["R58M12ABC", "usb"],
  ["emulator-5554", "usb"],
  ["adb-1234-AbCd._adb-tls-connect._tcp", "usb"],
  ["127.0.0.1:5555", "tcp"],
  ["cloud-7.example.net:20001", "tcp"],
  ["[::1]:5555", "tcp"],
  ["-a", null],
  ["-s", null],
  ["", null],
  ["a b", null],
  ["a\n", null],
  ["10.0.0.7:0", null],
  ["10.0.0.7:65536", null],
  [":5555", null],
  ["$(reboot)", null],
  ["x;reboot", null],
  ["../x", null],
];
for (const [text, kind] of table) {
  test(`${JSON.stringify(text)} is ${kind === null ? "no serial" : `a serial on ${kind}`}`, () => {
    assert.equal(parseSerial(text)?.kind ?? null, kind);
  });
}

test("no serial begins like a flag or holds what a shell would read", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      if (parseSerial(text) !== null) assert.match(text, /^[A-Za-z0-9[][A-Za-z0-9._:[\]-]*$/);
    }),
  );
});
