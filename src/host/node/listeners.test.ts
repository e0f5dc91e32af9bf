import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { test } from "node:test";
import { listenersOn } from "./listeners.ts";

for (const address of ["127.0.0.1", "::1"]) {
  test(`a listener on ${address} is named with its process, its client is not`, async (t) => {
    const server = createServer();
    server.listen(0, address);
    await once(server, "listening");
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const client = connect(port, address);
    await once(client, "connect");
    t.after(() => client.destroy());
    const found = listenersOn((p) => p === port || p === client.localPort);
    assert.deepEqual(
      found.map((f) => [f.port, f.pid]),
      [[port, process.pid]],
    );
    assert.match(found[0]?.command ?? "", /node/);
  });
}
