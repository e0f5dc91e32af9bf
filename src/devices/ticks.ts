// Looks at common moments: everybody who waits for a phone looks at the same time, so that one request serves all.
import { type Instant, instant, type Millis } from "../core/ids.ts";

/** The next whole multiple of `every`, later than `now`. */
export const nextTick = (now: Instant, every: Millis): Instant => instant((Math.floor(now / every) + 1) * every);
