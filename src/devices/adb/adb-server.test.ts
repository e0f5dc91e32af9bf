import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import test, { type TestContext } from "node:test";
import { AdbServer } from "./adb-server.ts";

const ANSWER = "OKAY00040029";

/** @param take  what becomes of each question, counted from 1 */
async function listens(t: TestContext, take: (socket: Socket, question: number) => void): Promise<number> {
  let questions = 0;
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => take(socket, ++questions));
  });
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Why the server on that port is not to be used. This "adb" names no version: asked for one is who was known as a server. */
async function refusal(port: number): Promise<{ cause: string; message: string } | null> {
  const server = new AdbServer({ binary: "/bin/echo", port, home: "/nowhere", mark: null }, false);
  const seen = await server.ensure();
  return seen.ok ? null : seen.error;
}

test("an adb server that takes its time, as on a busy machine, is not taken for another program", async (t) => {
  const port = await listens(t, (socket) => {
    const timer = setTimeout(() => socket.end(ANSWER), 2_500);
    socket.on("close", () => clearTimeout(timer));
  });
  assert.equal((await refusal(port))?.cause, "adb_version");
});

const CUTS: [how: string, cut: (socket: Socket) => void][] = [
  ["resets", (socket) => socket.resetAndDestroy()],
  ["leaves without a word", (socket) => socket.end()],
  ["leaves in the middle of a word", (socket) => socket.end(ANSWER.slice(0, 4))],
];
for (const [how, cut] of CUTS) {
  test(`a server that ${how} once, as one that is just being ended, is asked a second time`, async (t) => {
    const port = await listens(t, (socket, question) => (question === 1 ? cut(socket) : socket.end(ANSWER)));
    assert.equal((await refusal(port))?.cause, "adb_version");
  });

  test(`a program that ${how} each time is no adb server; what to do instead is a setting that there is`, async (t) => {
    const fault = await refusal(await listens(t, cut));
    assert.equal(fault?.cause, "adb_port_held");
    assert.match(fault?.message ?? "", /name another port: adb_port under devices in the config file$/);
  });
}
