// Phones: those that a campaign's fleet holds, and what people see and change of them.
import { later, millis } from "../../core/ids.ts";
import type { DeviceDesk, DeviceName, DeviceStanding, DeviceTake, DeviceTaken, FleetBook, Untold } from "../ledger.ts";
import { deviceOut } from "../ledger-events.ts";
import { isOut } from "./eligible.ts";
import { campaignOf, type Handle, type Tx } from "./handle.ts";
import type { CampaignRecord, DeviceRecord, MemoryStore } from "./store.ts";

/** A phone of another campaign is asked for again after this long. */
const LEASED = millis(300);

export function openFleetBook(handle: Handle, name: string): FleetBook {
  const write = <T>(work: (tx: Tx, campaign: CampaignRecord) => T) =>
    handle.write((tx) => work(tx, campaignOf(tx.store, name)));
  return {
    take: (device, mark, how) => write((tx, campaign) => take(tx, campaign, { device, mark, how })),
    ready: (id) => write((tx, campaign) => ready(tx, campaign, id)),
    give: (id, fault, how) => write((tx, campaign) => give(tx, campaign, { id, fault, how })),
    leasePort: (port) =>
      write(({ store }, campaign) => {
        if (store.ports.has(port)) return false;
        store.ports.set(port, campaign);
        return true;
      }),
    freePorts: () =>
      write(({ store }, campaign) => {
        for (const [port, of] of store.ports) if (of === campaign) store.ports.delete(port);
      }),
    left: (mark) =>
      write(({ store }, campaign) =>
        [...store.fleet.values()]
          .filter(({ started }) => started?.campaign === campaign && started.mark !== mark)
          .map(({ id, provider, wasOn }) => ({ id, provider, wasOn }))
          .sort((a, b) => (a.id < b.id ? -1 : 1)),
      ),
  };
}

/** Campaigns that hold accounts or phones. */
export function leaseholders({ campaigns, accounts, fleet }: MemoryStore): string[] {
  const attempts = [...accounts.values()].flatMap(({ inFlight }) => inFlight ?? []);
  const leases = [...fleet.values()].flatMap(({ lease }) => lease ?? []);
  const holding = new Set([...attempts.map(({ job }) => job.campaign), ...leases.map(({ campaign }) => campaign)]);
  return [...campaigns.values()].flatMap((campaign) => (holding.has(campaign) ? [campaign.name] : []));
}

function recordOf(store: MemoryStore, { id, provider }: DeviceName): DeviceRecord {
  const known = store.fleet.get(id) ?? {
    id,
    provider,
    wasOn: false,
    started: null,
    lease: null,
    out: null,
    fault: null,
  };
  known.provider = provider;
  store.fleet.set(id, known);
  return known;
}

type Taking = { device: DeviceTake; mark: string; how: Untold | undefined };

function take(tx: Tx, campaign: CampaignRecord, { device, mark, how }: Taking): DeviceTaken {
  const known = tx.store.fleet.get(device.id);
  if (known !== undefined && how?.isToStop !== true && isOut(known, tx.now))
    return { ok: false, why: "out", until: known.out?.until ?? null };
  if (known?.lease != null || tx.store.devices.has(device.id))
    return { ok: false, why: "leased", until: later(tx.now, LEASED) };
  const record = recordOf(tx.store, device);
  record.lease = { campaign, since: tx.now };
  record.started = { campaign, mark, at: tx.now, readyAt: null };
  record.wasOn = device.wasOn;
  if (how === undefined) tx.emit({ type: "device.started", device: device.id, provider: device.provider }, campaign);
  return { ok: true };
}

function ready(tx: Tx, campaign: CampaignRecord, id: string): void {
  const record = tx.store.fleet.get(id);
  if (record?.started == null) return;
  record.started.readyAt = tx.now;
  record.fault = null;
  tx.emit({ type: "device.ready", device: id, duration_ms: tx.now - record.started.at }, campaign);
}

type Giving = { id: string; fault: { cause: string; message: string } | null; how: Untold | undefined };

function give(tx: Tx, campaign: CampaignRecord, { id, fault, how }: Giving): void {
  const record = tx.store.fleet.get(id);
  if (record === undefined) return;
  if (record.lease?.campaign === campaign) record.lease = null;
  if (record.started?.campaign !== campaign) return;
  record.started = null;
  if (fault !== null) record.fault = { ...fault, at: tx.now, times: (record.fault?.times ?? 0) + 1 };
  if (how === undefined) tx.emit({ type: "device.stopped", device: id, fault }, campaign);
}

export function openDeviceDesk(handle: Handle): DeviceDesk {
  return {
    on: async () =>
      handle.store.phoneTime
        .filter(({ offAt }) => offAt === null)
        .map(({ id, provider, campaign, onAt }) => ({ id, provider, campaign, since: onAt })),
    list: () => handle.write(({ store }) => [...store.fleet.values()].sort(outFirst).map((d) => standingOf(store, d))),
    takeOut: (device, out) =>
      handle.write((tx) => {
        recordOf(tx.store, device).out = { ...out, since: tx.now };
        tx.emit(deviceOut(device.id, out), null);
      }),
    putBack: (id, by) =>
      handle.write((tx) => {
        const record = tx.store.fleet.get(id);
        if (record?.out == null) return false;
        record.out = null;
        tx.emit({ type: "device.returned", device: id, by }, null);
        return true;
      }),
  };
}

function outFirst(a: DeviceRecord, b: DeviceRecord): number {
  if ((a.out === null) !== (b.out === null)) return a.out === null ? 1 : -1;
  return a.id < b.id ? -1 : 1;
}

function standingOf(
  { devices }: MemoryStore,
  { id, provider, started, lease, out, fault }: DeviceRecord,
): DeviceStanding {
  return {
    id,
    provider,
    started: started === null ? null : { ...started, campaign: started.campaign.name },
    lease:
      lease === null
        ? null
        : { campaign: lease.campaign.name, attempt: devices.get(id)?.id ?? null, since: lease.since },
    out,
    fault,
  };
}
