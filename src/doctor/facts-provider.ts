// What the doctor goes by where phones come from a provider: a cloud, or a farm. Judged in about-provider.ts.
import type { AdbFacts } from "./facts-fleet.ts";

export type ProviderFacts = {
  /** As in `--devices`. */
  name: string;
  url: string;
  /** Its phones are reached over adb. */
  adb: Pick<AdbFacts, "binary" | "client">;
  /** `missing`: in one line where it was looked for, and what to do; never the secret. */
  secret: { is: "there" } | { is: "missing"; why: string };
  /**
   * What it answered to a question that any user may ask. `refused`: the secret; `barred`: what this account may, or what was asked
   * for; `busy`: too many requests. `null`: it was not asked.
   */
  answer: { is: "ok" } | { is: "refused" | "barred" | "busy" | "none"; why: string } | null;
  /** Its clock minus ours, ms; `null`: it does not say. */
  skewMs: number | null;
  /** A signature holds its time, so a clock that is off is no trifle. */
  signs: boolean;
  /** What is left to pay with, in its own money; `null`: it has none, or does not say. */
  balance: number | null;
  /** Those that take part; `null`: it did not say. */
  phones: readonly ProviderPhone[] | null;
  /** Names or ids that the settings choose. */
  chosen: readonly string[] | null;
  bound: readonly { account: string; device: string }[];
};

export type ProviderPhone = {
  id: string;
  state: "ready" | "off" | "starting" | "offline" | "unauthorized" | "expired";
  /** Switched on by a run of ours; `isLive`: that run is still there. */
  ours: { campaign: string; isLive: boolean } | null;
};
