// A stand-in GeeLark account whose phones are simulated ones behind a real adb.
import type { TestContext } from "node:test";
import { millis } from "../../src/core/ids.ts";
import { AdbDevices } from "../../src/devices/adb/adb-devices.ts";
import { GeelarkApi, type GeelarkApiOptions } from "../../src/devices/geelark/geelark-api.ts";
import { GeelarkDevices, type GeelarkDevicesOptions } from "../../src/devices/geelark/geelark-devices.ts";
import { StartedHere } from "../../src/devices/started-phones.ts";
import { nodeClock } from "../../src/host/node/node-host.ts";
import { GeelarkServer, type GeelarkServerOptions } from "../../src/sim/geelark/geelark-server.ts";
import { phoneBody } from "../../src/sim/geelark/phone-body.ts";
import type { Phone } from "../../src/sim/phone/phone.ts";
import { adbBeside } from "./adb-world.ts";

export type GeelarkWorld = {
  server: GeelarkServer;
  url: string;
  phones: Phone[];
  /** As adb knows them. */
  serials: string[];
  ids: string[];
  api(options?: Partial<GeelarkApiOptions>): GeelarkApi;
  devices(options?: Partial<GeelarkDevicesOptions>): GeelarkDevices;
};

/** One phone per account, each off. */
export async function geelarkWorld(
  t: TestContext,
  accounts: readonly string[],
  options: GeelarkServerOptions = {},
): Promise<GeelarkWorld> {
  const adb = await adbBeside(t);
  const server = new GeelarkServer({ startMs: 150, adbMs: 100, ...options });
  t.after(() => server.close());
  const bodies = await Promise.all(
    accounts.map((account, n) =>
      phoneBody({ id: `CLOUD${n + 1}`, account, witness: adb.witness, port: 0, mode: "ok", uploadMs: 0 }),
    ),
  );
  const ids = bodies.map(({ body }, n) => server.addPhone(n + 1, { body }).id);
  const url = await server.listen();
  const side = new AdbDevices({ ...adb.options, serials: null });
  t.after(() => side.close());
  const api = (more: Partial<GeelarkApiOptions> = {}) =>
    new GeelarkApi({ url, credentials: { kind: "token", token: server.secrets.token }, clock: nodeClock, ...more });
  return {
    server,
    url,
    ids,
    phones: bodies.map(({ phone }) => phone),
    serials: bodies.map(({ serial }) => serial),
    api,
    devices: (more = {}) =>
      new GeelarkDevices({
        api: api(),
        adb: side,
        clock: nodeClock,
        choice: { phones: null },
        started: new StartedHere(),
        deadlines: { ready: millis(2500), stop: millis(3000), poll: millis(100), gather: millis(5) },
        ...more,
      }),
  };
}
