// What is made of adb's list, by a stand-in for adb.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { AdbDevices } from "./adb-devices.ts";

/** A program that lists these lines, and a server of its version. */
async function standIn(t: TestContext, lines: readonly string[]): Promise<{ binary: string; port: number }> {
  const folder = mkdtempSync(join(tmpdir(), "reprise-stand-in-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const binary = join(folder, "adb");
  const list = ["List of devices attached", ...lines].join("\n");
  writeFileSync(
    binary,
    `#!/bin/sh\n[ "$1" = version ] && echo "Android Debug Bridge version 1.0.41"\n[ "$1" = devices ] && cat <<'END'\n${list}\nEND\nexit 0\n`,
    { mode: 0o755 },
  );
  const server = createServer((socket) => socket.on("error", () => {}).end("OKAY00040029"));
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return { binary, port: typeof address === "object" && address !== null ? address.port : 0 };
}

test("what adb lists without a serial number is no phone to post from; those beside it are", async (t) => {
  const program = await standIn(t, [
    "(no serial number)     device usb:1-3 transport_id:4",
    "????????????           no permissions; see [http://x]",
    "R58M12ABC              device usb:1-2 model:SM_A525F transport_id:3",
  ]);
  const devices = new AdbDevices({
    ...program,
    home: "/nowhere",
    mark: null,
    serials: null,
    isPrivate: false,
    forwardPorts: { from: 1, to: 1 },
    deadlines: {},
    processes: null,
    accountsOn: null,
    accountType: null,
  });
  assert.deepEqual(await devices.list(), {
    ok: true,
    value: [{ id: "R58M12ABC", state: "ready", model: "SM_A525F" }],
  });
});
