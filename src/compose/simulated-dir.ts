import { join } from "node:path";

/** Where simulated runs live: never in the real history. */
export const simulatedDir = (stateDir: string) => join(stateDir, "simulated");
