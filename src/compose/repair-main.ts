// `accounts repair`: an account's phone is on for as long as a person is at it; the poster then tells whether that helped.
import { createHash } from "node:crypto";
import type { StopSignal } from "../cli/exit-codes.ts";
import type { StopSource } from "../cli/stop-source.ts";
import type { Resolved } from "../config/config.ts";
import { readRuleBook } from "../config/rule-file.ts";
import type { Checkup } from "../core/check.ts";
import { RepriseError } from "../core/errors.ts";
import { repairName } from "../core/repair-name.ts";
import type { DeviceAddress, Devices, PhonePage } from "../devices/devices.ts";
import type { Berth } from "../fleet/berth.ts";
import type { AccountView } from "../ledger/ledger.ts";
import { bringForRepair } from "./repair-bring.ts";
import { askPoster } from "./repair-check.ts";
import type { RepairNews } from "./repair-news.ts";
import { openSession, type Session } from "./session.ts";

export type RepairOptions = {
  resolved: Resolved;
  account: Pick<AccountView, "name" | "platform">;
  device: string;
  /** Releases it before its cooldown is over. */
  force: boolean;
  by: string;
  stop: StopSource;
  tell(news: RepairNews): void;
  /** Resolves when the person is done; `null` = they went away, and nothing is to be looked at or released. */
  done(stop: AbortSignal): Promise<"done" | null>;
  /** Where no poster can be asked: what the person says of it. */
  judge(stop: AbortSignal): Promise<Checkup>;
};

export type RepairEnd = {
  /** `null`: it did not come to that. */
  seen: Checkup | null;
  /** `null`: the hold stays. */
  released: { jobs: number } | { refused: string } | null;
  stoppedBy: StopSignal | null;
  /** It was told to stop and is still on: the next start or sweep stops it. */
  isStillOn: boolean;
};

/**
 * Holds the account's phone while a person mends the account; asks the poster afterwards, and releases the account if all is
 * fine. Whatever happens, the phone is given back.
 *
 * @throws RepriseError `preflight`: the phone can't be had; `conflict`: the account is under repair already
 */
export async function repairMain(options: RepairOptions): Promise<RepairEnd> {
  const { resolved, account, stop } = options;
  const { settings } = resolved;
  const halt = new AbortController();
  let stoppedBy: StopSignal | null = null;
  stop.onStop((by) => {
    stoppedBy ??= by;
    halt.abort();
  });
  const session = await openRepair(resolved, account);
  try {
    await session.sweep("start", 0);
    await session.stopLeftPhones(settings);
    const end = await repair(session, options, halt.signal);
    const isStillOn = (await session.campaign.phoneTime.on()).length > 0;
    return { ...end, stoppedBy, isStillOn };
  } finally {
    await session.sweep("end", 0).finally(() => session.close());
  }
}

async function openRepair(resolved: Resolved, { name, platform }: RepairOptions["account"]): Promise<Session> {
  const key = createHash("sha256").update(`${platform}\n${name}`).digest("hex").slice(0, 12);
  try {
    return await openSession(resolved.stateDir, repairName(resolved.campaign, key), { ...resolved, takeOver: false });
  } catch (error) {
    if (!(error instanceof RepriseError) || error.code !== "conflict") throw error;
    const { conflicts } = error;
    throw new RepriseError("conflict", `account ${name}: somebody repairs it already`, { conflicts });
  }
}

type Ended = Pick<RepairEnd, "seen" | "released">;
const NOTHING: Ended = { seen: null, released: null };

async function repair(session: Session, options: RepairOptions, halt: AbortSignal): Promise<Ended> {
  const { resolved, device, tell } = options;
  const phones = await session.findPhones(resolved.settings);
  if (phones === null) throw new RepriseError("usage", "--devices: none, so there is no phone to repair an account on");
  const berth = session.openBerth(resolved.settings, phones, device);
  try {
    const phone = await bringForRepair(berth, { desk: session.ledger.devices, clock: session.host.clock, tell, halt });
    if (phone === null) return NOTHING;
    tell({ type: "ready", device, phone, page: pageOf(phones.devices, device) });
    return await attend(session, { ...options, berth, phone, halt });
  } finally {
    if (berth.phone !== null) tell({ type: "giving_back", device });
    await berth.stop(null);
    await phones.devices.close();
  }
}

type Attended = RepairOptions & { berth: Berth; phone: DeviceAddress; halt: AbortSignal };

/** From the phone's being there to the account's being released, or not. */
async function attend(session: Session, options: Attended): Promise<Ended> {
  const { account, by, force, tell, halt } = options;
  const done = await options.done(halt);
  if (done === null || halt.aborted) return NOTHING;
  const seen = await look(session, options);
  if (halt.aborted) return NOTHING;
  tell({ type: "checked", seen });
  if (seen.is !== "fine") return { seen, released: null };
  const released = await session.ledger.accounts.release(account, by, force);
  if (released === null) return { seen, released: { refused: "it is not known any more" } };
  return { seen, released: released.released ? { jobs: released.jobs } : { refused: released.why } };
}

async function look(session: Session, options: Attended): Promise<Checkup> {
  const { resolved, berth, phone, account, device, tell, halt } = options;
  const { checker, ruleFiles } = resolved;
  if (checker === null) return options.judge(halt);
  tell({ type: "checking" });
  const fault = await berth.look(halt);
  if (fault !== null) return { is: "untold", why: fault.message };
  const book = await readRuleBook(ruleFiles);
  if (!book.ok) return { is: "untold", why: book.error };
  const address = { id: device, ...phone, systemPort: null };
  const asked = { settings: resolved.settings, checker, book: book.value, account, phone: address, halt };
  return (await askPoster(session, asked)) ?? options.judge(halt);
}

/** Not every provider has pages. */
const pageOf = (devices: Devices & Partial<PhonePage>, id: string) => devices.pageOf?.(id) ?? null;
