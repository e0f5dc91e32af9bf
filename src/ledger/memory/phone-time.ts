import { type Instant, instant, millis } from "../../core/ids.ts";
import type { PhoneSpent, PhoneTime } from "../ledger.ts";
import { campaignOf, type Handle, openRunOf } from "./handle.ts";
import type { PhoneTimeRecord } from "./store.ts";

export function openPhoneTime(handle: Handle, name: string): PhoneTime {
  const open = (id: string) => handle.store.phoneTime.find((t) => t.id === id && t.offAt === null);
  return {
    switchOn: ({ id, provider }) =>
      handle.write(({ store, now }) => {
        const known = open(id);
        if (known?.campaign === name) return;
        if (known !== undefined) known.offAt = now; // no event: nobody knows when it went off
        const run = openRunOf(campaignOf(store, name))?.id ?? null;
        store.phoneTime.push({ id, provider, campaign: name, run, onAt: now, offAt: null });
      }),
    switchOff: (id) =>
      handle.write(({ store, now, emit }) => {
        const record = open(id);
        if (record?.campaign !== name) return;
        record.offAt = now;
        emit({ type: "device.off", device: id, on_ms: Math.max(0, now - record.onAt) }, campaignOf(store, name));
      }),
    on: async () =>
      handle.store.phoneTime
        .filter(({ campaign, offAt }) => campaign === name && offAt === null)
        .map(({ id, provider, onAt }) => ({ id, provider, since: onAt })),
    async spent() {
      const run = handle.store.campaigns.get(name)?.runs.at(-1)?.id;
      const now = handle.now;
      const ofRun = handle.store.phoneTime.filter((t) => run !== undefined && t.run === run);
      return [...Map.groupBy(ofRun, ({ id }) => id)]
        .map(([id, times]) => spentOn(id, times, now))
        .sort((a, b) => (a.id < b.id ? -1 : 1));
    },
  };
}

function spentOn(id: string, times: readonly PhoneTimeRecord[], now: Instant): PhoneSpent {
  const ms = times.reduce((sum, { onAt, offAt }) => sum + Math.max(0, (offAt ?? instant(now)) - onAt), 0);
  return { id, ms: millis(ms), starts: times.length, isOn: times.some(({ offAt }) => offAt === null) };
}
