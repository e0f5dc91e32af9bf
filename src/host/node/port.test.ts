import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { freePort } from "../../appium/local/free-port.ts";
import { reservePort } from "./port.ts";

test("a reserved port is nobody else's until it is given back, and can be listened on all the while", async (t) => {
  const port = await freePort();
  const giveBack = await reservePort(port);
  assert.ok(giveBack !== null);
  assert.equal(await reservePort(port), null);
  const server = createServer().listen(port, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  giveBack();
  assert.equal(await reservePort(port), null, "somebody listens there");
  await new Promise((resolve) => server.close(resolve));
  const again = await reservePort(port);
  assert.ok(again !== null);
  again();
});
