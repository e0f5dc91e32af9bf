// Gets the phone that a repair needs: waits while a run has it, asks again while its provider is busy, else says why not.
import { RepriseError } from "../core/errors.ts";
import { later, minutes, seconds } from "../core/ids.ts";
import type { DeviceAddress, DeviceFault } from "../devices/devices.ts";
import type { Berth } from "../fleet/berth.ts";
import type { Clock } from "../host/host.ts";
import type { DeviceDesk } from "../ledger/ledger.ts";
import { moment } from "../report/words.ts";
import type { RepairNews } from "./repair-news.ts";

type Parts = { desk: DeviceDesk; clock: Clock; tell(news: RepairNews): void; halt: AbortSignal };

/** Longest wait for a phone that a run has, and how often a fault that passes is asked about. */
const PATIENCE = minutes(15);
const LOOK_EVERY = seconds(1);
const MOST_TRIES = 3;
const TRY_AGAIN = seconds(5);

/** @returns `null`: stopped meanwhile. @throws RepriseError `preflight` or `conflict`: it can't be had */
export async function bringForRepair(berth: Berth, { desk, clock, tell, halt }: Parts): Promise<DeviceAddress | null> {
  const end = later(clock.now(), PATIENCE);
  let waitedFor: string | null = null;
  tell({ type: "bringing", device: berth.id });
  for (let tries = 1; !halt.aborted; ) {
    const brought = await berth.bring(halt);
    if (brought.ok) return brought.phone;
    if (halt.aborted) break;
    if (brought.refusal.is === "fault") {
      const { fault } = brought.refusal;
      if (fault.kind !== "try_again" || tries++ >= MOST_TRIES) throw notHad(berth.id, fault);
      await clock.sleepUntil(later(clock.now(), fault.retryAfterMs ?? TRY_AGAIN), halt);
      continue;
    }
    const campaign = await holderOf(berth.id, desk);
    if (clock.now() >= end) throw new RepriseError("conflict", `phone ${berth.id}: campaign ${campaign} still has it`);
    if (campaign !== waitedFor) tell({ type: "in_use", device: berth.id, campaign });
    waitedFor = campaign;
    await clock.sleepUntil(later(clock.now(), LOOK_EVERY), halt);
  }
  return null;
}

/** @throws RepriseError `preflight`: nobody has it, it is taken out */
async function holderOf(id: string, desk: DeviceDesk): Promise<string> {
  const phone = (await desk.list()).find((each) => each.id === id);
  if (phone?.out != null) {
    const until = phone.out.until === null ? "" : ` until ${moment(phone.out.until)}`;
    const why = `phone ${id} is taken out${until}: ${phone.out.reason}; put it back first: reprise devices put-back ${id}`;
    throw new RepriseError("preflight", why);
  }
  return phone?.lease?.campaign ?? "another";
}

const notHad = (id: string, { message }: DeviceFault) =>
  new RepriseError("preflight", `phone ${id} can't be had: ${message}; see reprise doctor`);
