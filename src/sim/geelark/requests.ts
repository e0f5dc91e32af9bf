// Who may ask, and how often: the stand-in's checks before any call, in the order of its answer's codes.
import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

export type Secrets = { token: string; appId: string; apiKey: string };

const TRACE = /^[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i;
/** A signature older or younger than this is refused. The documents name no figure. */
const TOLERANCE_MS = 5 * 60_000;

/** @returns 0, 40002 or 40003 */
export function checkSender(headers: IncomingHttpHeaders, secrets: Secrets, now: number): number {
  const said = (name: string) => String(headers[name] ?? "");
  if (!TRACE.test(said("traceid"))) return 40002;
  if (headers.authorization !== undefined) return headers.authorization === `Bearer ${secrets.token}` ? 0 : 40003;
  const [appId, traceId, ts, nonce] = [said("appid"), said("traceid"), said("ts"), said("nonce")];
  const sign = createHash("sha256")
    .update(`${appId}${traceId}${ts}${nonce}${secrets.apiKey}`)
    .digest("hex")
    .toUpperCase();
  const isTimely = Math.abs(Number(ts) - now) <= TOLERANCE_MS;
  return appId === secrets.appId && nonce === traceId.slice(0, 6) && sign === said("sign") && isTimely ? 0 : 40003;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Counts requests per call: over 200 in a minute 40007 until the next, over 24,000 in an hour 47002 for two. */
export class RequestCounts {
  readonly #counts = new Map<string, number>();
  readonly #lockedUntil = new Map<string, number>();

  /** @returns 0, 40007 or 47002 */
  count(path: string, now: number): number {
    if ((this.#lockedUntil.get(path) ?? 0) > now) return 47002;
    const perHour = this.#add(`${path} h${Math.floor(now / HOUR_MS)}`);
    if (perHour > 24_000) {
      this.#lockedUntil.set(path, now + 2 * HOUR_MS);
      return 47002;
    }
    const most = path.endsWith("/pay/wallet") ? 10 : 200;
    return this.#add(`${path} m${Math.floor(now / MINUTE_MS)}`) > most ? 40007 : 0;
  }

  #add(key: string): number {
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count;
  }
}
