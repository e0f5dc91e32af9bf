// Runs one reprise command and measures it from outside.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { childrenOf, peakMemoryMb } from "./cpu.ts";
import { BIN } from "./workload.ts";

export type Measured = { ms: number; peakMb: number; output: string };

/** Runs `node bin/reprise.mjs ARGS` to its end, exit code 0. `peakMb`: its children's peaks added; only with `watchMemory`. */
export async function measure(
  args: readonly string[],
  options: { node?: string; watchMemory?: boolean; env?: Record<string, string> } = {},
): Promise<Measured> {
  const began = performance.now();
  const child = spawn(options.node ?? process.execPath, [BIN, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...options.env },
  });
  const output: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  const peaks = new Map<number, number>();
  const look = () => {
    for (const pid of [child.pid ?? 0, ...childrenOf(child.pid ?? 0)]) {
      peaks.set(pid, Math.max(peaks.get(pid) ?? 0, peakMemoryMb(pid))); // a high-water mark: a late look misses little
    }
  };
  const timer = options.watchMemory === true ? setInterval(look, 25) : undefined;
  const [code] = await once(child, "close");
  clearInterval(timer);
  if (code !== 0) throw new Error(`reprise ${args.join(" ")} ended with exit code ${code}`);
  const peakMb = [...peaks.values()].reduce((sum, mb) => sum + mb, 0);
  return { ms: performance.now() - began, peakMb, output: Buffer.concat(output).toString() };
}
