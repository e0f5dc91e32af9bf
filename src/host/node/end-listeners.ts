// Frees a port by force, for those who asked for it: ends who listens there, never a client of it.
import { setTimeout as pause } from "node:timers/promises";
import { type Listener, listenersOn } from "./listeners.ts";
import { identify } from "./node-host.ts";

/** Between the request to end and SIGKILL. */
const GRACE_MS = 2_000;
const LOOK_EVERY_MS = 20;
/** Several processes may share one listening socket. */
const MOST = 5;

/**
 * Ends the processes that listen on a port: each of them alone, not its group.
 *
 * This process, those of other users and adb servers are spared: through an adb server others reach their phones.
 *
 * @returns whom it ended
 */
export async function endListeners(port: number): Promise<Listener[]> {
  const ended: Listener[] = [];
  while (ended.length < MOST) {
    const found = listenerOn(port);
    if (found === undefined || found.pid === null || isSpared(found) || !(await end(found.pid, port))) break;
    ended.push(found);
  }
  return ended;
}

const listenerOn = (port: number) => listenersOn((asked) => asked === port)[0];

const isSpared = ({ pid, command }: Listener) => pid === process.pid || /^(\S*\/)?adb(\s|$)/.test(command);

/** `false`: it still listens. */
async function end(pid: number, port: number): Promise<boolean> {
  const { startTime } = identify(pid) ?? {};
  const listens = () => listenerOn(port)?.pid === pid && identify(pid)?.startTime === startTime;
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    try {
      if (listens()) process.kill(pid, signal);
    } catch {
      return !listens(); // gone between the look and the signal, or not ours to end
    }
    for (const deadline = performance.now() + GRACE_MS; listens() && performance.now() < deadline; )
      await pause(LOOK_EVERY_MS);
    if (!listens()) return true;
  }
  return false;
}
