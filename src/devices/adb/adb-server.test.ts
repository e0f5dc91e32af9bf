import assert from "node:assert/strict";
import { createServer } from "node:net";
import test from "node:test";
import { AdbServer } from "./adb-server.ts";

/** Answers to `host:version` as adb servers do, after a while. */
async function slowServer(t: { after(end: () => void): void }, answerMs: number): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    const timer = setTimeout(() => socket.end("OKAY00040029"), answerMs);
    socket.on("close", () => clearTimeout(timer));
  });
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

test("an adb server that takes its time, as on a busy machine, is not taken for another program", async (t) => {
  const port = await slowServer(t, 2_500);
  const server = new AdbServer({ binary: "/bin/echo", port, home: "/nowhere", mark: null }, false);
  const seen = await server.ensure();
  // this "adb" names no version: that it was asked for one tells that the server was known as one
  assert.equal(seen.ok ? null : seen.error.cause, "adb_version");
});
