// Simulated phones in a stand-in DeviceFarmer: reachable over adb while somebody is connected to them.
import { Phone } from "../../src/sim/phone/phone.ts";
import type { StfServer } from "../../src/sim/stf/stf-server.ts";

/** One phone an account: FARM1, FARM2, ... */
export async function addFarmPhones(
  server: StfServer,
  accounts: readonly string[],
  witness: string | null,
): Promise<Phone[]> {
  const phones = accounts.map(
    (account, n) => new Phone({ id: `FARM${n + 1}`, account, witness, port: 0, mode: "ok", uploadMs: 0 }),
  );
  for (const [n, phone] of phones.entries()) {
    const port = await phone.start();
    await phone.obey({ do: "gone" });
    const open = async () => {
      if (server.phones.get(`FARM${n + 1}`)?.present === true) await phone.obey({ do: "back" });
      return port;
    };
    server.addPhone(`FARM${n + 1}`, { body: { open, close: async () => void (await phone.obey({ do: "gone" })) } });
  }
  return phones;
}
