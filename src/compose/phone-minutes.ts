// What a run's phones cost, in minutes.
import type { CampaignLedger } from "../ledger/ledger.ts";
import type { PhoneMinutes } from "../report/phone-minutes.ts";

const inMinutes = (ms: number) => Math.round(ms / 600) / 100;

/** Of the present or last run; `null`: it had no phones that cost. */
export async function phoneMinutes(campaign: CampaignLedger): Promise<PhoneMinutes | null> {
  const spent = await campaign.phoneTime.spent();
  if (spent.length === 0) return null;
  const passes = (await campaign.views.run())?.passes ?? [];
  const posts = passes.reduce((sum, pass) => sum + pass.success_count, 0);
  const ms = spent.reduce((sum, phone) => sum + phone.ms, 0);
  const phones = spent.map(({ id, ms: own, starts, isOn }) => ({
    device: id,
    minutes: inMinutes(own),
    starts,
    is_on: isOn,
  }));
  return { minutes: inMinutes(ms), per_post: posts === 0 ? null : inMinutes(ms / posts), phones };
}
