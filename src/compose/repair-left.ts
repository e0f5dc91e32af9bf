// What repairs left that were killed: a phone that is on and leased, a poster's process. Put back by every start and sweep.
import { heldCampaigns } from "../conflict/conflict.ts";
import { repairedFor } from "../core/repair-name.ts";
import type { RunSettings } from "../core/settings.ts";
import type { DeviceDesk } from "../ledger/ledger.ts";
import { livingHolder } from "./living-holder.ts";

type Parts = {
  stateDir: string;
  campaign: string;
  devices: DeviceDesk;
  settings: RunSettings;
  /** Takes a repair's place; rejects while it lives. */
  open(name: string): Promise<Reopened>;
};
type Reopened = {
  sweep(when: "command", patienceMs: number): Promise<unknown>;
  stopLeftPhones(settings: RunSettings): Promise<string[]>;
  close(): Promise<void>;
};

/** Of this campaign alone: another's are put back by its own. @returns the phones stopped */
export async function putBackDeadRepairs(parts: Parts): Promise<string[]> {
  const stopped: string[] = [];
  for (const name of await deadRepairs(parts)) {
    const repair = await parts.open(name).catch(() => null); // just begun again
    if (repair === null) continue;
    try {
      await repair.sweep("command", 0);
      stopped.push(...(await repair.stopLeftPhones(parts.settings)));
    } finally {
      await repair.close();
    }
  }
  return stopped;
}

/** By the names of their locks, and by what the ledger says of phones. */
async function deadRepairs({ stateDir, campaign, devices }: Parts): Promise<string[]> {
  const on = (await devices.on()).map((phone) => phone.campaign);
  const leased = (await devices.list()).flatMap(({ started, lease }) => [started?.campaign, lease?.campaign]);
  const names = new Set([...heldCampaigns(stateDir), ...on, ...leased]);
  return [...names].flatMap((name) =>
    name !== undefined && repairedFor(name) === campaign && livingHolder(stateDir, name) === null ? [name] : [],
  );
}
