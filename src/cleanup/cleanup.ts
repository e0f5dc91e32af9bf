// Puts back what is ours: processes that carry our mark (3-semantics 3.8). Never by name, age or port. May be called at any time.
import { later, millis } from "../core/ids.ts";
import type { Host, MarkedProcess, ProcessId } from "../host/host.ts";

export type SweepReport = { processes: number; details: string[] };

/** The mark of one start of one campaign; its own prefix names all starts. */
export function markPrefix(ledgerId: string, campaign: string): string {
  return `${ledgerId}/${encodeURIComponent(campaign)}/`;
}

/** Ends the mark of a private adb server, which stays between passes and never ends by itself. */
export const ADB_MARK = "/adb";

/** The start that a mark names, though a server of its own stands behind that: `/adb`, `/appium_1/`. `null`: no mark of ours. */
export function starterOf(mark: string): Pick<ProcessId, "pid" | "startTime"> | null {
  const [, pid, startTime] = /^[^/]+\/[^/]+\/(\d+)\.(\d+)(?:\/|$)/.exec(mark) ?? [];
  return pid === undefined || startTime === undefined ? null : { pid: Number(pid), startTime };
}

/** How long a start waits for orphans that are past their intent to finish. */
export const ORPHAN_PATIENCE = millis(8_000);
const LOOK_EVERY = millis(50);

export type SweepOptions = {
  host: Host;
  prefix: string;
  /** How long they may go on by themselves first. */
  patienceMs: number;
  /** Living processes of ours that stay; `keepMarks`: those with such a mark too. */
  keep: ReadonlySet<number>;
  keepMarks?(mark: string): boolean;
  /** Ends the patience. */
  hurry?: AbortSignal;
};

/** Ends marked processes; resolves when they are gone (or can't be ended). */
export async function sweepProcesses({
  host,
  prefix,
  patienceMs,
  keep,
  keepMarks = () => false,
  hurry = new AbortController().signal,
}: SweepOptions): Promise<SweepReport> {
  const found = () => host.processes.marked(prefix).filter((p) => !keep.has(p.pid) && !keepMarks(p.mark));
  const met = new Map<number, MarkedProcess>();
  const deadline = later(host.clock.now(), millis(patienceMs));
  let left = found();
  while (left.some(endsByItself) && host.clock.now() < deadline && !hurry.aborted) {
    for (const p of left) met.set(p.pid, p);
    await pause(host, hurry);
    left = found();
  }
  for (let tries = 0; left.length > 0 && tries < 40; tries++) {
    for (const p of left) {
      met.set(p.pid, p);
      host.processes.kill(p, "SIGKILL");
    }
    await pause(host);
    left = found();
  }
  return { processes: met.size, details: [...met.values()].map((p) => `${p.pid} ${p.command.slice(0, 120)}`) };
}

/** An adb server does not; orphans may need it as long as they go on. */
const endsByItself = ({ mark }: MarkedProcess) => !mark.endsWith(ADB_MARK);

function pause({ clock }: Host, stop = new AbortController().signal): Promise<void> {
  return clock.sleepUntil(later(clock.now(), LOOK_EVERY), stop);
}
