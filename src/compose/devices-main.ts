// `devices list` and `devices stop`: phones as the ledger and their provider know them.
import type { Resolved } from "../config/config.ts";
import type { Instant } from "../core/ids.ts";
import type { DeviceStanding } from "../ledger/ledger.ts";
import { phoneStates } from "./open-fleet.ts";
import { openLedger } from "./open-ledger.ts";
import { phoneMinutes } from "./phone-minutes.ts";
import { openSession } from "./session.ts";

export type PhoneRow = Omit<DeviceStanding, "id" | "provider"> & {
  id: string;
  provider: string;
  /** What its provider says of it now; `null`: it was not asked, or does not know it. */
  state: string | null;
  /** Accounts that are bound to it. */
  accounts: string[];
  /** It costs on since then; `null`: it does not cost, or is off. */
  onSince: Instant | null;
  /** Minutes that it cost in the campaign's present or last run; `null`: none. */
  minutes: number | null;
};

/** Every phone of the settings and every one the ledger knows. Changes nothing. `unasked`: why the provider told nothing. */
export async function listDevices({
  resolved: { stateDir, settings, campaign },
}: {
  resolved: Resolved;
}): Promise<{ phones: PhoneRow[]; unasked: string | null }> {
  const ledger = await openLedger(stateDir, "existing");
  const known = (await ledger?.devices.list()) ?? [];
  const on = (await ledger?.devices.on()) ?? [];
  const cost = (ledger === null ? null : await phoneMinutes(ledger.campaign(campaign)))?.phones ?? [];
  await ledger?.close();
  const asked = await phoneStates(settings);
  const states = asked.ok ? asked.value : [];
  const provider = settings.devices.provider;
  const fresh = states.filter(({ id }) => !known.some((d) => d.id === id)).map(({ id }) => unknownPhone(id, provider));
  const phones = [...known, ...fresh].map((d) => ({
    ...d,
    state: states.find(({ id }) => id === d.id)?.state ?? null,
    accounts: settings.knownAccounts.filter((a) => a.device === d.id).map((a) => a.name),
    onSince: on.find(({ id, provider: theirs }) => id === d.id && theirs === d.provider)?.since ?? null,
    minutes: cost.find(({ device }) => device === d.id)?.minutes ?? null,
  }));
  return { phones, unasked: asked.ok ? null : asked.error };
}

const unknownPhone = (id: string, provider: string): DeviceStanding => ({
  id,
  provider,
  started: null,
  lease: null,
  out: null,
  fault: null,
});

/**
 * Stops what earlier starts of the campaign left on. @returns the phones stopped
 *
 * @throws RepriseError `conflict` while a run holds the campaign: it stops its phones itself
 */
export async function stopDevices({ resolved }: { resolved: Resolved }): Promise<string[]> {
  const session = await openSession(resolved.stateDir, resolved.campaign, resolved);
  try {
    await session.sweep("command", 0);
    return await session.stopLeftPhones(resolved.settings);
  } finally {
    await session.close();
  }
}
