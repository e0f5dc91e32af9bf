// Which phones a run works on, by `--devices`.

import { millis, seconds } from "../core/ids.ts";
import type { RunSettings } from "../core/settings.ts";
import type { Devices } from "../devices/devices.ts";
import { SimulatedDevices } from "../devices/simulated/simulated-devices.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { noPhones } from "../fleet/no-phones.ts";
import { openPhoneFleet } from "../fleet/phone-fleet.ts";
import type { Clock } from "../host/host.ts";
import type { CampaignLedger } from "../ledger/ledger.ts";

/** How long a phone stays on that nobody uses. */
const IDLE = seconds(30);

export type FleetParts = { campaign: CampaignLedger; clock: Clock; mark: string; onWarning(message: string): void };

/** The provider of `--devices`, and the phones of this run. `null`: no phone is needed. */
function openDevices(settings: RunSettings, clock: Clock): { devices: Devices; ids: string[] } | null {
  const { devices } = settings;
  if (devices.provider === "none") return null;
  const ids = Array.from({ length: devices.count }, (_, i) => `sim-${i + 1}`);
  const waits = { startMs: millis(0), readyMs: seconds(5), answerMs: seconds(1) };
  return { devices: new SimulatedDevices({ ids, clock, ...waits }), ids };
}

export function openFleet(settings: RunSettings, parts: FleetParts): Fleet {
  const opened = openDevices(settings, parts.clock);
  if (opened === null) return noPhones();
  const { campaign, clock, mark } = parts;
  // simulated phones tell no accounts, and nobody expects it of them
  const onWarning = settings.devices.provider === "simulated" ? () => {} : parts.onWarning;
  return openPhoneFleet({
    ...opened,
    clock,
    mark,
    onWarning,
    provider: settings.devices.provider,
    claims: campaign.claims,
    book: campaign.fleet,
    settings,
    idleMs: IDLE,
  });
}

/**
 * Stops the phones that earlier starts of this campaign took and never gave back, and ends their leases. Call it only when
 * the processes of those starts are gone. @returns their ids
 */
export async function stopLeft(settings: RunSettings, { campaign, clock, mark }: FleetParts): Promise<string[]> {
  const left = await campaign.fleet.left(mark);
  if (left.length === 0) return [];
  const opened = openDevices(settings, clock);
  for (const { id, provider } of left) {
    // a provider that this run does not know is named by none of its phones: its own next run stops them
    if (provider === settings.devices.provider) await opened?.devices.stop(id);
    await campaign.fleet.give(id, null);
  }
  await opened?.devices.close();
  return left.map(({ id }) => id);
}
