// Phones of a provider far away: its secret, its API, adb to its phones, and the ledger that remembers which of them are on.
import { homedir } from "node:os";
import { freePort } from "../appium/local/free-port.ts";
import { ADB_MARK } from "../cleanup/cleanup.ts";
import { RepriseError } from "../core/errors.ts";
import { millis, minutes } from "../core/ids.ts";
import { ok } from "../core/result.ts";
import type { FarPhones } from "../core/settings.ts";
import { AdbDevices } from "../devices/adb/adb-devices.ts";
import { type Answer, type Devices, type PhonePage, providerFault } from "../devices/devices.ts";
import type { GeelarkCredentials } from "../devices/geelark/credentials.ts";
import { GeelarkApi, type GeelarkApiOptions } from "../devices/geelark/geelark-api.ts";
import { GeelarkDevices } from "../devices/geelark/geelark-devices.ts";
import type { PhoneChoice } from "../devices/geelark/phone-book.ts";
import { readSecret } from "../devices/secret.ts";
import type { StartedPhones } from "../devices/started-phones.ts";
import { StfApi } from "../devices/stf/stf-api.ts";
import { StfDevices } from "../devices/stf/stf-devices.ts";
import type { Clock } from "../host/host.ts";
import { nodeProcesses } from "../host/node/node-host.ts";
import type { PhoneTime } from "../ledger/ledger.ts";

export type FarParts = {
  clock: Clock;
  /** Of this start, and of all starts of the campaign. */
  mark: string;
  prefix: string;
  phoneTime: PhoneTime;
  env: Record<string, string | undefined>;
};
export type FarDevices = Devices & PhonePage;

/** Local ports that Appium forwards from; on a server of our own all forwards are ours. */
const FORWARDS = { from: 8200, to: 8299 };

/** @throws RepriseError `preflight` where the secret is missing: nothing can be asked without it */
export async function openFar(far: FarPhones, parts: FarParts): Promise<FarDevices> {
  const secret = farSecret(far, parts.env);
  if (!secret.ok) throw new RepriseError("preflight", secret.error.message);
  const adb = new AdbDevices({
    binary: "adb",
    port: await freePort(), // the server is ours alone: any port that nobody has will do
    home: homedir(),
    mark: `${parts.mark}${ADB_MARK}`, // between passes it stays, as phones do
    sweepMark: parts.prefix,
    serials: null,
    isPrivate: true,
    forwardPorts: FORWARDS,
    deadlines: {},
    processes: nodeProcesses,
    accountsOn: null,
    accountType: far.accountType,
  });
  const { clock } = parts;
  const common = { adb, clock, started: startedPhones(far, parts) };
  if (far.provider === "stf") {
    const url = far.url ?? "";
    const api = new StfApi({ url, token: secret.value.kind === "token" ? secret.value.token : "", clock });
    return new StfDevices({ ...common, api, url, phones: far.phones, deadlines: { poll: far.pollMs } });
  }
  return new GeelarkDevices({
    ...common,
    api: geelarkApi(far, secret.value, { clock }),
    choice: choiceOf(far),
    deadlines: { poll: far.pollMs },
  });
}

export function choiceOf({ phones, group, tags }: FarPhones): PhoneChoice {
  return { phones, ...(group === null ? {} : { group }), ...(tags === null ? {} : { tags }) };
}

type Pace = Pick<GeelarkApiOptions, "clock" | "deadlineMs" | "patienceMs">;

export function geelarkApi({ url }: FarPhones, credentials: GeelarkCredentials, pace: Pace): GeelarkApi {
  return new GeelarkApi({ credentials, ...pace, ...(url === null ? {} : { url }) });
}

/** The error names the place, never the value. */
export function farSecret({ secret, appIdEnv }: FarPhones, env: FarParts["env"]): Answer<GeelarkCredentials> {
  const value = readSecret(secret, env);
  if (!value.ok) return value;
  if (appIdEnv === null) return ok({ kind: "token", token: value.value });
  const appId = readSecret({ env: appIdEnv }, env);
  return appId.ok ? ok({ kind: "key", appId: appId.value, apiKey: value.value }) : appId;
}

function startedPhones(far: FarPhones, { phoneTime }: FarParts): StartedPhones {
  const { provider, maxPhoneMinutes } = far;
  return {
    async beforeStart(id) {
      if (maxPhoneMinutes !== null) {
        const spent = (await phoneTime.spent()).reduce((sum, { ms }) => sum + ms, 0);
        if (spent >= minutes(maxPhoneMinutes)) return spentUp(maxPhoneMinutes, millis(spent));
      }
      await phoneTime.switchOn({ id, provider });
      return ok(undefined);
    },
    isOurs: async (id) => (await phoneTime.on()).some((on) => on.id === id && on.provider === provider),
    afterStop: (id) => phoneTime.switchOff(id),
  };
}

function spentUp(most: number, spent: number) {
  const message = `phones were on for ${(spent / 60_000).toFixed(1)} minutes; --max-phone-minutes is ${most}: no more are started`;
  return providerFault("setup", "phone_minutes_spent", message);
}
