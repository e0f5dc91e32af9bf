import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import test from "node:test";

/** Ends a connection and cuts it in the same breath; then nothing is left to do. */
const CHILD = `
import { connect, createServer } from "node:net";
import { cut } from ${JSON.stringify(import.meta.resolve("./cut.ts"))};
const server = createServer((socket) => {
  socket.on("error", () => {});
  socket.end("x");
  process.nextTick(() => {
    cut(socket);
    server.close();
  });
});
server.listen(0, "127.0.0.1", () => connect(server.address().port, "127.0.0.1").on("error", () => {}));
`;

test("a process that cuts a connection which is being ended can end itself", { timeout: 30_000 }, async (t) => {
  const child = spawn(process.execPath, ["--input-type=module", "-e", CHILD], { stdio: "ignore" });
  t.after(() => child.kill("SIGKILL"));
  assert.deepEqual(await once(child, "exit"), [0, null]);
});
