import assert from "node:assert/strict";
import test from "node:test";
import {
  parseAccounts,
  parseConnect,
  parseDevices,
  parseForwards,
  parseFree,
  parseMarked,
  parseVersion,
} from "./adb-output.ts";

test("the list of devices is read with its states, and noise about the daemon is not", () => {
  const text = [
    "* daemon not running; starting now at tcp:5037",
    "* daemon started successfully",
    "List of devices attached",
    "R58M12ABC              device usb:1-2 product:a52 model:SM_A525F device:a52 transport_id:3",
    "127.0.0.1:5555\toffline",
    "emulator-5554 unauthorized transport_id:1",
    "0123456789 no permissions (missing udev rules? user is in the plugdev group); see [http://x]",
    "(no serial number)     device usb:1-3 transport_id:4",
    "????????????           no permissions; see [http://x]",
    "",
  ].join("\n");
  assert.deepEqual(parseDevices(text), [
    { serial: "R58M12ABC", state: "device", model: "SM_A525F" },
    { serial: "127.0.0.1:5555", state: "offline", model: null },
    { serial: "emulator-5554", state: "unauthorized", model: null },
    { serial: "0123456789", state: "no permissions", model: null },
    { serial: "(no serial number)", state: "device", model: null },
    { serial: "????????????", state: "no permissions", model: null },
  ]);
});

// All of these ended with exit code 0 (adb 29.0.6).
const connects: [text: string, want: string][] = [
  ["connected to 127.0.0.1:5555", "connected"],
  ["already connected to 127.0.0.1:5555", "connected"],
  ["* daemon started successfully\nconnected to 127.0.0.1:5555", "connected"],
  ["failed to connect to '127.0.0.1:5999': Connection refused", "refused"],
  ["failed to resolve host: 'no-such-host.invalid': Name or service not known", "refused"],
  ["failed to connect to 127.0.0.1:5998", "failed"],
  ["failed to authenticate to 127.0.0.1:5997", "unauthorized"],
  ["bad port number '99999' in '127.0.0.1:99999'", "failed"],
  ["", "failed"],
];
for (const [text, want] of connects) {
  test(`adb connect that says "${text.slice(0, 50)}" means ${want}`, () => assert.equal(parseConnect(text), want));
}

const marked: [why: string, text: string, want: { out: string; code: number } | null][] = [
  ["an answer", "SIM1\n__rc=0\n", { out: "SIM1", code: 0 }],
  ["an answer from an old phone", "SIM1\r\n__rc=0\r\n", { out: "SIM1", code: 0 }],
  ["no output", "__rc=1\n", { out: "", code: 1 }],
  ["output without a line's end", "abc__rc=0\n", { out: "abc", code: 0 }],
  ["a lost connection", "", null],
  ["a lost connection after half the output", "SIM1\n", null],
  ["a mark that is not at the end", "__rc=0\nmore", null],
];
for (const [why, text, want] of marked) {
  test(`the end mark of a shell command: ${why}`, () => assert.deepEqual(parseMarked(text), want));
}

test("accounts are read by their type, each once", () => {
  const text = `  Accounts: 3
    Account {name=anna, type=com.sim.poster}
    Account {name=anna@example.org, type=com.google}
    Account {name=anna, type=com.sim.poster}`;
  assert.deepEqual(parseAccounts(text, null), ["anna", "anna@example.org"]);
  assert.deepEqual(parseAccounts(text, "com.sim.poster"), ["anna"]);
  assert.deepEqual(parseAccounts("Accounts: 0", null), []);
});

test("forwards, free room and versions are read", () => {
  assert.deepEqual(parseForwards("R58M tcp:8200 tcp:6790\n\n"), [{ serial: "R58M", local: "tcp:8200" }]);
  const df =
    "Filesystem     1K-blocks     Used Available Use% Mounted on\n/dev/fuse       64000000 100 2048   1% /storage/emulated";
  assert.equal(parseFree(df), 2048 * 1024);
  assert.equal(parseFree("df: no such thing"), null);
  assert.equal(parseVersion("Android Debug Bridge version 1.0.41\nVersion 29.0.6"), 41);
  assert.equal(parseVersion("command not found"), null);
});
