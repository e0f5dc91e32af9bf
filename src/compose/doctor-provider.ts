// Asks a provider of phones far away what the doctor wants to know. Switches nothing on or off, reserves nothing.
import { homedir } from "node:os";
import type { AccountSettings, FarPhones } from "../core/settings.ts";
import { clientOf } from "../devices/adb/adb-checkup.ts";
import type { Answer, DeviceFault } from "../devices/devices.ts";
import { GEELARK_URL } from "../devices/geelark/geelark-api.ts";
import type { Facts } from "../doctor/doctor.ts";
import type { DeviceDesk } from "../ledger/ledger.ts";
import { askProvider, type SeenPhone } from "./ask-provider.ts";
import { livingHolder } from "./living-holder.ts";
import { openLedger } from "./open-ledger.ts";

type ProviderFacts = NonNullable<Facts["provider"]>;
type Asked = Pick<ProviderFacts, "answer" | "skewMs" | "balance"> & { phones: SeenPhone[] | null };
export type ProviderNeeds = {
  far: FarPhones;
  accounts: readonly AccountSettings[];
  env: Record<string, string | undefined>;
  stateDir: string;
  /** The ledger can be read. */
  isSound: boolean;
};

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
  const says = await askProvider(far, env, "phones and money");
  if (!says.ok) return { ...UNASKED, missing: says.error.message };
  const { phones, skewMs, balance } = says.value;
  return { answer: answerOf(phones), skewMs, balance, phones: phones.ok ? phones.value : null, missing: null };
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
