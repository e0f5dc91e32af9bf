// When a simulated run began: the first worker writes it down, all others (and those after a restart) read it.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Its name in the folder of a simulated campaign. */
const FILE = "simulated-began";

/** @returns milliseconds since the epoch: `nowMs` for the first to ask */
export function runBegan(folder: string, nowMs: number): number {
  const file = join(folder, FILE);
  try {
    writeFileSync(file, String(nowMs), { flag: "wx", mode: 0o600 });
    return nowMs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    // another worker may just be writing it: then it begins now
    return Number(readFileSync(file, "utf8")) || nowMs;
  }
}
