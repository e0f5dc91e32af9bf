import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { type TestContext, test } from "node:test";
import { endListeners } from "./end-listeners.ts";
import { isPortFree } from "./port.ts";

const LISTENS = `
const server = require("node:net").createServer((socket) => socket.on("error", () => {}));
server.listen(Number(process.argv[1]), "127.0.0.1", () => console.log(server.address().port));
`;

/** A program that listens, as a child with a group of its own; its port. */
async function listening(t: TestContext, more = "", argv0 = "node"): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(process.execPath, ["-e", `${more}${LISTENS}`, "0"], {
    argv0,
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  const [line] = (await once(child.stdout ?? child, "data")) as [Buffer];
  return { child, port: Number(line) };
}

test("a listener is ended and named; its client, this very process, is not", async (t) => {
  const { child, port } = await listening(t);
  const client = connect(port, "127.0.0.1").on("error", () => {});
  await once(client, "connect");
  const [ended, ...more] = await endListeners(port);
  assert.deepEqual([ended?.port, ended?.pid, more], [port, child.pid, []]);
  assert.match(ended?.command ?? "", /node -e/);
  assert.equal(await isPortFree(port), true);
});

test("one that does not care for SIGTERM is killed", async (t) => {
  const { child, port } = await listening(t, 'process.on("SIGTERM", () => {});');
  assert.deepEqual(
    (await endListeners(port)).map(({ pid }) => pid),
    [child.pid],
  );
});

test("an adb server is spared: others reach their phones through it", async (t) => {
  const { child, port } = await listening(t, "", "adb");
  assert.deepEqual(await endListeners(port), []);
  assert.equal(child.exitCode ?? child.signalCode, null);
});

test("this process is spared, and where nobody listens nobody is ended", async (t) => {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  assert.deepEqual(await endListeners(port), []);
  await new Promise((resolve) => server.close(resolve));
  assert.deepEqual(await endListeners(port), []);
});
