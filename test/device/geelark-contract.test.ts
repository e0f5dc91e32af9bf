import { devicesContract } from "../../src/devices/devices.contract.ts";
import { geelarkWorld } from "./geelark-world.ts";

devicesContract("geelark", async (t) => {
  const { devices, phones, serials } = await geelarkWorld(t, ["anna", "bea"]);
  const [phone] = phones;
  const [serial] = serials;
  if (phone === undefined || serial === undefined) throw new Error("two phones were asked for");
  return {
    devices: devices(),
    id: "phone-1",
    other: "phone-2",
    serial,
    account: "anna",
    async be(how) {
      if (how === "gone") await phone.obey({ do: "gone" });
      else if (how === "frozen") await phone.obey({ do: "freeze" });
      else if (how === "unauthorized") await phone.obey({ do: "welcome", how });
      else {
        await phone.obey({ do: "welcome", how: "accept" });
        await phone.obey({ do: "thaw" });
        await phone.obey({ do: "back" });
      }
    },
  };
});
