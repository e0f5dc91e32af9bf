// The ledger in memory: for simulations, plans and tests. Keeps every promise of the port but to outlive its process.
import type { CampaignLedger, Ledger, LedgerDeps } from "../ledger.ts";
import { openAccountDesk } from "./accounts.ts";
import { openClaimDesk } from "./claims.ts";
import { openJobDesk } from "./desk.ts";
import { leaseholders, openDeviceDesk, openFleetBook } from "./fleet.ts";
import { Handle } from "./handle.ts";
import { openIntakeDesk } from "./intake.ts";
import { openLookDesk } from "./looks.ts";
import { openPhoneTime } from "./phone-time.ts";
import { openRunBook } from "./runs.ts";
import { type MemoryStore, newMemoryStore } from "./store.ts";
import { openViews } from "./views.ts";

export { type MemoryStore, newMemoryStore } from "./store.ts";

/**
 * Opens a ledger over `store`, or an empty one. Two ledgers on one store are like two processes on one file.
 *
 * Errors: none of its own; methods throw only for what a programmer did wrong (no open run, an attempt never given out).
 */
export function openMemoryLedger(deps: LedgerDeps, store: MemoryStore = newMemoryStore()): Ledger {
  const handle = new Handle(store, deps);
  return {
    id: store.id,
    campaign: (name) => openCampaign(handle, name),
    accounts: openAccountDesk(handle),
    devices: openDeviceDesk(handle),
    leaseholders: async () => leaseholders(store),
    subscribe: (listener) => handle.subscribe(listener),
    version: async () => handle.foreignCommits,
    close: async () => handle.close(),
  };
}

function openCampaign(handle: Handle, name: string): CampaignLedger {
  return {
    name,
    intake: openIntakeDesk(handle, name),
    runs: openRunBook(handle, name),
    claims: openClaimDesk(handle, name),
    fleet: openFleetBook(handle, name),
    phoneTime: openPhoneTime(handle, name),
    looks: openLookDesk(handle, name),
    desk: openJobDesk(handle, name),
    views: openViews(handle, name),
  };
}
