import type { Instant, LocalDay } from "./ids.ts";

/** Days and hours of a zone. Zones are IANA names such as `Europe/Berlin`. */
export interface Calendar {
  /** The local day that `at` falls in. */
  dayOf(at: Instant, zone: string): LocalDay;
  /** The first instant of the local day after the one `at` falls in. */
  nextDay(at: Instant, zone: string): Instant;
  /** `at` if the window is open then, else the instant it next opens. A window may pass midnight. */
  opens(at: Instant, zone: string, window: Window): Instant;
}

/** Minutes after local midnight; `from` > `to` passes midnight. */
export type Window = { from: number; to: number };
