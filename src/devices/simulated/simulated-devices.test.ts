import { millis } from "../../core/ids.ts";
import { nodeClock } from "../../host/node/node-host.ts";
import { devicesContract } from "../devices.contract.ts";
import { SimulatedDevices } from "./simulated-devices.ts";

devicesContract("simulated", async () => {
  const devices = new SimulatedDevices({
    ids: ["phone-1", "phone-2"],
    clock: nodeClock,
    startMs: millis(30),
    readyMs: millis(300),
    answerMs: millis(100),
  });
  const phone = devices.phone("phone-1");
  phone.accounts = ["anna"];
  return {
    devices,
    id: "phone-1",
    other: "phone-2",
    account: "anna",
    async be(how) {
      phone.is = how === "back" ? "reachable" : how;
    },
  };
});
