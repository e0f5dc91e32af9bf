// Asks a provider of phones far away what the doctor wants to know. Switches nothing on or off, reserves nothing.
import { homedir } from "node:os";
import { millis, seconds } from "../core/ids.ts";
import type { AccountSettings, FarPhones } from "../core/settings.ts";
import { clientOf } from "../devices/adb/adb-checkup.ts";
import type { Answer, DeviceFault, DeviceView } from "../devices/devices.ts";
import { GEELARK_URL } from "../devices/geelark/geelark-api.ts";
import { GEELARK_STATES } from "../devices/geelark/geelark-devices.ts";
import { PhoneBook } from "../devices/geelark/phone-book.ts";
import { StfApi } from "../devices/stf/stf-api.ts";
import { stfState } from "../devices/stf/stf-devices.ts";
import type { Facts } from "../doctor/doctor.ts";
import { nodeHost } from "../host/node/node-host.ts";
import type { DeviceDesk } from "../ledger/ledger.ts";
import { livingHolder } from "./living-holder.ts";
import { choiceOf, farSecret, geelarkApi } from "./open-far.ts";
import { openLedger } from "./open-ledger.ts";

type ProviderFacts = NonNullable<Facts["provider"]>;
type Asked = Pick<ProviderFacts, "answer" | "skewMs" | "balance"> & { phones: Seen[] | null };
/** `own`: the provider's own id of it. */
type Seen = Pick<DeviceView, "id" | "state"> & { own: string };

export type ProviderNeeds = {
  far: FarPhones;
  accounts: readonly AccountSettings[];
  env: Record<string, string | undefined>;
  stateDir: string;
  /** The ledger can be read. */
  isSound: boolean;
};

/** Of one question. */
const DEADLINES = { deadlineMs: seconds(8), patienceMs: millis(500) };
const never = new AbortController().signal;
const UNASKED: Asked = { answer: null, skewMs: null, balance: null, phones: null };

export async function gatherProvider({ far, accounts, env, ...ledger }: ProviderNeeds): Promise<ProviderFacts> {
  const [{ missing, ...asked }, on, client] = await Promise.all([ask(far, env), phonesOn(ledger), adbOf()]);
  const { phones } = asked;
  const bound = accounts.flatMap(({ name, device }) => (device === null ? [] : [{ account: name, device }]));
  const nameOf = (called: string) => phones?.find(({ id, own }) => own === called || id === called)?.id ?? called;
  return {
    ...asked,
    name: far.provider,
    url: far.url ?? GEELARK_URL,
    adb: { binary: "adb", client },
    secret: missing === null ? { is: "there" } : { is: "missing", why: missing },
    signs: far.appIdEnv !== null,
    phones:
      phones?.map(({ id, state }) => ({ id, state, ours: oursOf(id, far.provider, on, ledger.stateDir) })) ?? null,
    chosen: far.phones?.map(nameOf) ?? null,
    bound,
  };
}

async function ask(far: FarPhones, env: ProviderNeeds["env"]): Promise<Asked & { missing: string | null }> {
  const secret = farSecret(far, env);
  if (!secret.ok) return { ...UNASKED, missing: secret.error.message };
  const { clock } = nodeHost();
  if (far.provider === "stf") {
    const token = secret.value.kind === "token" ? secret.value.token : "";
    return { ...(await askStf(far, new StfApi({ url: far.url ?? "", token, clock, ...DEADLINES }))), missing: null };
  }
  const api = geelarkApi(far, secret.value, { clock, ...DEADLINES });
  const read = await new PhoneBook(api, choiceOf(far)).read();
  const balance = read.ok ? await api.balance(never) : read;
  const phones = read.ok
    ? read.value.map(({ id, phone }) => ({ id, own: phone.id, state: GEELARK_STATES[phone.status] }))
    : null;
  // money that is not told is no fault of its own
  return {
    answer: answerOf(read),
    skewMs: api.skewMs,
    balance: balance.ok ? balance.value : null,
    phones,
    missing: null,
  };
}

async function askStf({ phones }: FarPhones, api: StfApi): Promise<Asked> {
  const devices = await api.devices(never);
  const taking = devices.ok ? devices.value.filter(({ serial }) => phones?.includes(serial) ?? true) : null;
  const seen = taking?.map((device) => ({ id: device.serial, own: device.serial, state: stfState(device) })) ?? null;
  return { ...UNASKED, answer: answerOf(devices), phones: seen };
}

function answerOf(answer: Answer<unknown>): ProviderFacts["answer"] {
  if (answer.ok) return { is: "ok" };
  return { is: KINDS[answer.error.cause] ?? "none", why: answer.error.message };
}

const KINDS: Partial<Record<DeviceFault["cause"], "refused" | "barred" | "busy">> = {
  provider_auth: "refused",
  provider_refused: "barred",
  provider_balance: "barred",
  rate_limited: "busy",
};

type On = Awaited<ReturnType<DeviceDesk["on"]>>;

async function phonesOn({ stateDir, isSound }: Pick<ProviderNeeds, "stateDir" | "isSound">): Promise<On> {
  const ledger = isSound ? await openLedger(stateDir, "existing") : null;
  try {
    return (await ledger?.devices.on()) ?? [];
  } finally {
    await ledger?.close();
  }
}

function oursOf(id: string, provider: string, on: On, stateDir: string) {
  const ours = on.find((phone) => phone.id === id && phone.provider === provider);
  if (ours === undefined) return null;
  return { campaign: ours.campaign, isLive: livingHolder(stateDir, ours.campaign) !== null };
}

const adbOf = () => clientOf({ binary: "adb", port: 5037, home: homedir(), mark: null });
