import { setTimeout as sleep } from "node:timers/promises";
import type { ClockFacts } from "./facts.ts";

const WATCH_MS = 50;

/**
 * Watches the wall clock beside the monotonic one for a moment.
 *
 * @param zone  the zone that days go by
 * @param asked  the zone the environment asks for
 */
export async function probeClock(zone: string, asked: string | undefined): Promise<ClockFacts> {
  const wall = Date.now();
  const steady = performance.now();
  await sleep(WATCH_MS);
  const now = Date.now();
  const jumpMs = now - wall - (performance.now() - steady);
  return { now, jumpMs, zone, unknownZone: asked === undefined || asked === "" || isZone(asked) ? null : asked };
}

function isZone(name: string): boolean {
  try {
    Intl.DateTimeFormat("en", { timeZone: name.replace(/^:/, "") });
    return true;
  } catch {
    return false;
  }
}
