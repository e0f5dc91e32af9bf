// A killed campaign leaves its accounts and phones leased until its own next start. So that no other campaign waits for that,
// every run settles what it can prove to be dead: nobody holds the campaign's lock, and no process of it lives.
import { markPrefix, sweepProcesses } from "../cleanup/cleanup.ts";
import { heldCampaigns, lockCampaign, readHolder } from "../conflict/conflict.ts";
import { repairedFor } from "../core/repair-name.ts";
import type { RunSettings } from "../core/settings.ts";
import { reservePort } from "../host/node/port.ts";
import type { CampaignLedger } from "../ledger/ledger.ts";
import { recover } from "../run/recover.ts";
import { goRound } from "./go-round.ts";
import { livingHolder } from "./living-holder.ts";
import { stopLeft } from "./open-fleet.ts";
import { openLedger } from "./open-ledger.ts";
import { rulesOfRun } from "./rule-books.ts";
import type { Session } from "./session.ts";

const LOOK_EVERY_MS = 2_000;

/** Looks now and every 2 s. @returns what ends it, and resolves when no look is under way any more */
export function freeDeadCampaigns(session: Session, settings: RunSettings): () => Promise<void> {
  return goRound({
    // the ledger too: the name of a dead holder is gone when a later start of its campaign was refused
    names: async () => [...new Set([...heldCampaigns(session.stateDir), ...(await session.ledger.leaseholders())])],
    visit: (name) => settleIfDead(session, settings, name),
    failed(name, error) {
      const message = `could not settle what campaign "${name}" left, which is tried again: ${String(error)}`;
      const told = session.campaign.runs.record({ type: "warning", code: "not_settled", message });
      told.catch(() => undefined); // a ledger that can't be written is heard elsewhere
    },
    everyMs: LOOK_EVERY_MS,
  });
}

async function settleIfDead(session: Session, settings: RunSettings, name: string): Promise<void> {
  const repaired = repairedFor(name);
  // a repair's phone is on: it is stopped with our settings, and another campaign's waits for that campaign's own
  if (repaired === session.campaign.name && livingHolder(session.stateDir, name) === null)
    await session.putBackRepairs(settings);
  if (repaired === null && name !== session.campaign.name && isDead(session, name)) await settleOne(session, name);
}

/**
 * As far as can be seen without its lock, which has the last word. Workers and posters that outlived it end their attempts
 * themselves, and leave word in the outbox.
 */
function isDead({ stateDir, host, ledger }: Session, name: string): boolean {
  const holder = readHolder(stateDir, name);
  if (holder !== null && host.processes.isAlive(holder)) return false;
  const prefix = markPrefix(ledger.id, name);
  return host.processes.marked(prefix).every(({ mark }) => isServer(mark.slice(prefix.length)));
}

/** Of an adb or an Appium of its own, which nobody would ever end: the mark of a start, and its own name behind that. */
const isServer = (markOfStart: string) => markOfStart.includes("/");

async function settleOne(session: Session, name: string): Promise<void> {
  const { stateDir, holder, outbox, host } = session;
  const lock = lockCampaign(stateDir, name, { ...holder, settles: true });
  if (!lock.ok) return; // just started again
  try {
    const ledger = await openLedger(stateDir, "existing"); // a handle of its own: these events are not of our run
    if (ledger === null) return;
    try {
      const campaign = ledger.campaign(name);
      await putBack(session, campaign);
      await recover(campaign, outbox, host.clock, await rulesOfRun(campaign));
    } finally {
      await ledger.close();
    }
  } finally {
    lock.release();
  }
}

/** Its servers are ended, its phones stopped, as its own next start would. */
async function putBack({ ledger, campaign: ours, holder, host }: Session, campaign: CampaignLedger): Promise<void> {
  const prefix = markPrefix(ledger.id, campaign.name);
  await sweepProcesses({ host, prefix, patienceMs: 0, keep: new Set() });
  const settings = await campaign.runs.settings();
  const mark = `${markPrefix(ledger.id, ours.name)}${holder.pid}.${holder.startTime}`;
  const quiet = { onWarning: () => {}, onEvent: () => {} }; // its own next start is told
  const parts = { campaign, desk: ledger.devices, host, mark, prefix, reservePort, ...quiet };
  // a provider that does not answer now must not keep the phones from everybody: who switched them on is written down elsewhere
  if (settings !== null) await stopLeft(settings, parts).catch(() => undefined);
  for (const { id } of await campaign.fleet.left(mark)) await campaign.fleet.give(id, null);
}
