import assert from "node:assert/strict";
import { connect } from "node:net";
import test from "node:test";
import { Phone } from "./phone.ts";

const isOpen = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true));
    socket.on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });

test("told to come back and to go in one breath, a phone has gone; the other way round it is back", async () => {
  const phone = new Phone({ id: "P", account: "anna", witness: null, port: 0, mode: "ok", uploadMs: 0 });
  const port = await phone.start();
  await phone.obey({ do: "gone" });
  await Promise.all([phone.obey({ do: "back" }), phone.obey({ do: "gone" })]);
  assert.equal(await isOpen(port), false);
  await Promise.all([phone.obey({ do: "back" }), phone.obey({ do: "gone" }), phone.obey({ do: "back" })]);
  assert.equal(await isOpen(port), true);
  await phone.obey({ do: "gone" });
});
