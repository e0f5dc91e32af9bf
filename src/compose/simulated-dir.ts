import { join } from "node:path";

/** Where simulated runs live: never in the real history, and each campaign's apart, since each is made anew. */
export const simulatedDir = (stateDir: string, campaign = "default") =>
  join(stateDir, "simulated", ...(campaign === "default" ? [] : ["campaigns", encodeURIComponent(campaign)]));
