// CPU time and memory of living processes, from /proc.
import { readFileSync } from "node:fs";

const TICK_MS = 10; // USER_HZ is 100 on every Linux that Node runs on

/** `ownMs`: of the process itself; `reapedMs`: of children that have ended. `null`: it is gone. */
export function cpuOf(pid: number): { ownMs: number; reapedMs: number } | null {
  const text = read(`/proc/${pid}/stat`);
  if (text === null) return null;
  const fields = text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15);
  return { ownMs: (user + system) * TICK_MS, reapedMs: (childUser + childSystem) * TICK_MS };
}

/** Most memory the process ever had resident, in MB (10^6); 0: it is gone. */
export function peakMemoryMb(pid: number): number {
  const kib = /VmHWM:\s+(\d+) kB/.exec(read(`/proc/${pid}/status`) ?? "")?.[1];
  return kib === undefined ? 0 : (Number(kib) * 1024) / 1e6;
}

/** Direct children. */
export function childrenOf(pid: number): number[] {
  return (read(`/proc/${pid}/task/${pid}/children`) ?? "").trim().split(" ").filter(Boolean).map(Number);
}

function read(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null; // gone meanwhile
  }
}
