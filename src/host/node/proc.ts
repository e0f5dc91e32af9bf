// Reads /proc. A process that vanishes meanwhile, or that we may not read, is simply not there.
import { readdirSync, readFileSync } from "node:fs";

export type ProcStat = { pid: number; state: string; group: number; startTime: string };

/** Fields 3, 5 and 22 of /proc/PID/stat; `null` where there is no such process. The name (field 2) may hold anything. */
export function readStat(pid: number): ProcStat | null {
  const text = readText(`/proc/${pid}/stat`);
  if (text === null) return null;
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, , group] = fields;
  const startTime = fields[19];
  if (state === undefined || group === undefined || startTime === undefined) return null;
  return { pid, state, group: Number(group), startTime };
}

/** Living: neither a zombie nor dead. */
export const isLiving = (stat: ProcStat | null): stat is ProcStat =>
  stat !== null && stat.state !== "Z" && stat.state !== "X";

export function allPids(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** A variable of the environment that a process was started with; `null` = not set, or not ours to read. */
export function readVariable(pid: number, name: string): string | null {
  const text = readText(`/proc/${pid}/environ`);
  if (text === null) return null;
  const key = `${name}=`;
  const at = text.startsWith(key) ? 0 : text.indexOf(`\0${key}`) + 1;
  if (at === 0 && !text.startsWith(key)) return null;
  const end = text.indexOf("\0", at);
  return text.slice(at + key.length, end === -1 ? undefined : end);
}

export const readCommand = (pid: number): string =>
  (readText(`/proc/${pid}/cmdline`) ?? "").replaceAll("\0", " ").trim();

let bootIdRead: string | undefined;
/** Changes with every boot of the machine, so that a pid of before cannot be taken for one of now. */
export function bootId(): string {
  bootIdRead ??= readText("/proc/sys/kernel/random/boot_id")?.trim() ?? "unknown";
  return bootIdRead;
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null; // gone (ENOENT, ESRCH) or another user's (EACCES)
  }
}
