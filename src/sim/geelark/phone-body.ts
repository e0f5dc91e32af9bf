// A simulated phone as the body of a stand-in cloud phone: off the network until it is switched on, then behind a password.
import { Phone, type PhoneOptions } from "../phone/phone.ts";
import type { PhoneBody } from "./phones.ts";

/** Resolves with the phone off. It keeps its port. */
export async function phoneBody(options: PhoneOptions): Promise<{ body: PhoneBody; phone: Phone; serial: string }> {
  const phone = new Phone(options);
  await phone.start();
  await phone.obey({ do: "gone" });
  const { serial } = phone.state();
  const body: PhoneBody = {
    async on(password) {
      await phone.obey({ do: "password", password });
      await phone.obey({ do: "back" });
      return Number(serial.split(":")[1]);
    },
    async off() {
      await phone.obey({ do: "gone" });
    },
  };
  return { body, phone, serial };
}
