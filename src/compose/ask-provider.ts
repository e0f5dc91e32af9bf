// What a provider of phones far away says of itself and of its phones. Switches nothing on or off, reserves nothing.
import { type Millis, millis, seconds } from "../core/ids.ts";
import type { FarPhones } from "../core/settings.ts";
import type { Answer, DeviceView } from "../devices/devices.ts";
import type { GeelarkCredentials } from "../devices/geelark/credentials.ts";
import { GEELARK_STATES } from "../devices/geelark/geelark-devices.ts";
import { PhoneBook } from "../devices/geelark/phone-book.ts";
import { StfApi } from "../devices/stf/stf-api.ts";
import { stfState } from "../devices/stf/stf-devices.ts";
import { nodeHost } from "../host/node/node-host.ts";
import { choiceOf, farSecret, geelarkApi } from "./open-far.ts";

/** `own`: the provider's own id of it. */
export type SeenPhone = Pick<DeviceView, "id" | "state"> & { own: string };
export type ProviderSays = {
  phones: Answer<SeenPhone[]>;
  /** Its clock minus ours; `null`: it does not say. */
  skewMs: Millis | null;
  /** `null`: it has none, or does not say. */
  balance: number | null;
};

/** Of one question. */
const DEADLINES = { deadlineMs: seconds(8), patienceMs: millis(500) };
const never = new AbortController().signal;

/** The error: there is no secret to ask with. `more`: for the doctor, who wants to know of the money too. */
export async function askProvider(
  far: FarPhones,
  env: Record<string, string | undefined>,
  more: "phones" | "phones and money",
): Promise<Answer<ProviderSays>> {
  const secret = farSecret(far, env);
  if (!secret.ok) return secret;
  const says = far.provider === "stf" ? await askStf(far, secret.value) : await askGeelark(far, secret.value, more);
  return { ok: true, value: says };
}

async function askGeelark(far: FarPhones, secret: GeelarkCredentials, more: string): Promise<ProviderSays> {
  const api = geelarkApi(far, secret, { clock: nodeHost().clock, ...DEADLINES });
  const read = await new PhoneBook(api, choiceOf(far)).read();
  const money = read.ok && more === "phones and money" ? await api.balance(never) : null;
  const { skewMs } = api;
  const says = { skewMs: skewMs === null ? null : millis(skewMs), balance: money?.ok === true ? money.value : null };
  if (!read.ok) return { ...says, phones: read };
  const value = read.value.map(({ id, phone }) => ({ id, own: phone.id, state: GEELARK_STATES[phone.status] }));
  return { ...says, phones: { ok: true, value } };
}

async function askStf({ url, phones }: FarPhones, secret: GeelarkCredentials): Promise<ProviderSays> {
  const token = secret.kind === "token" ? secret.token : "";
  const api = new StfApi({ url: url ?? "", token, clock: nodeHost().clock, ...DEADLINES });
  const devices = await api.devices(never);
  const says = { skewMs: null, balance: null };
  if (!devices.ok) return { ...says, phones: devices };
  const taking = devices.value.filter(({ serial }) => phones?.includes(serial) ?? true);
  const value = taking.map((device) => ({ id: device.serial, own: device.serial, state: stfState(device) }));
  return { ...says, phones: { ok: true, value } };
}
