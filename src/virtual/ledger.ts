// A ledger as one virtual process sees it: its answers come to the living only, late, or as the error that fate sends.
import type { CampaignLedger, Ledger } from "../ledger/ledger.ts";
import type { Fate } from "./fate.ts";
import type { Life } from "./life.ts";
import type { Timeline } from "./timeline.ts";

type View = { life: Life; fate: Fate; timeline: Timeline };
type Call<T> = { method: string; args: readonly unknown[]; work: () => Promise<T> };
type Method = (...args: never[]) => Promise<unknown>;

export function ledgerSeenBy(ledger: Ledger, view: View): Ledger {
  return {
    id: ledger.id,
    accounts: deskSeenBy("accounts", ledger.accounts, view),
    devices: deskSeenBy("devices", ledger.devices, view),
    campaign: (name) => campaignSeenBy(ledger.campaign(name), view),
    leaseholders: () => view.life.hears(view.timeline.hold(ledger.leaseholders())),
    subscribe: (listener) => ledger.subscribe(listener),
    version: () => view.life.hears(view.timeline.hold(ledger.version())),
    close: () => ledger.close(),
  };
}

function campaignSeenBy(campaign: CampaignLedger, view: View): CampaignLedger {
  const { name, ...desks } = campaign;
  const seen = Object.entries(desks).map(([desk, target]) => [desk, deskSeenBy(desk, target as object, view)]);
  return { name, ...Object.fromEntries(seen) } as CampaignLedger;
}

function deskSeenBy<T extends object>(desk: string, target: T, view: View): T {
  const methods = Object.entries(target).map(([name, method]) => {
    const call = (...args: never[]) =>
      callSeenBy({ method: `${desk}.${name}`, args, work: () => (method as Method)(...args) }, view);
    return [name, call];
  });
  return Object.fromEntries(methods) as T;
}

/** One call, as the process that makes it sees it. */
export function callSeenBy<T>({ method, args, work }: Call<T>, { life, fate, timeline }: View): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const refused = fate.call(life, method, "before", { args });
    if (!life.isAlive) return;
    const after = (tell: () => void) => {
      const ms = fate.latency("ledger");
      if (ms > 0) life.after(ms, tell);
      else life.wake(tell);
    };
    if (refused !== null) {
      after(() => reject(refused));
      return;
    }
    timeline.hold(work()).then(
      (value) => {
        const error = fate.call(life, method, "after", { args, value });
        if (life.isAlive) after(() => (error === null ? resolve(value) : reject(error)));
      },
      (error: unknown) => after(() => reject(error as Error)),
    );
  });
}
