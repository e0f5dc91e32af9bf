import { devicesContract } from "../../src/devices/devices.contract.ts";
import { adbWorld } from "./adb-world.ts";

const never = new AbortController().signal;

devicesContract("adb", async (t) => {
  const world = await adbWorld(t, ["anna", "bea"]);
  const devices = world.devices({ deadlines: { command: 2000, connect: 12_000, push: 20_000, ready: 4000 } });
  t.after(() => devices.close());
  const [phone, other] = world.phones;
  if (other === undefined) throw new Error("two phones were asked for");
  // the other phone is up beforehand, so that each test waits for one phone alone
  await devices.lease(other.serial);
  await devices.ready(other.serial, never);
  await devices.release(other.serial);
  return {
    devices,
    id: phone.serial,
    other: other.serial,
    account: "anna",
    async be(how) {
      if (how === "gone") await phone.command({ do: "gone" });
      else if (how === "frozen") await phone.command({ do: "freeze" });
      else if (how === "unauthorized") await phone.command({ do: "welcome", how });
      else {
        await phone.command({ do: "welcome", how: "accept" });
        await phone.command({ do: "thaw" });
        await phone.command({ do: "back" });
      }
    },
  };
});
