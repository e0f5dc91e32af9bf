// Who listens on a TCP port of this machine, as /proc shows it. Never a client: only sockets that wait for connections.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { allPids, readCommand } from "./proc.ts";

/** `pid: null`: a process of another user, which we may not look into. */
export type Listener = { port: number; pid: number | null; command: string };

const LISTENS = "0A";

/** Listeners on these ports, on any address, one for each port. */
export function listenersOn(isWanted: (port: number) => boolean): Listener[] {
  const inodes = new Map<string, number>(); // socket's inode -> port
  for (const file of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of linesOf(file)) {
      const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
      const port = Number.parseInt(local.split(":")[1] ?? "", 16);
      if (state === LISTENS && isWanted(port)) inodes.set(inode, port);
    }
  }
  const pids = inodes.size === 0 ? new Map<number, number>() : ownersOf(inodes);
  return [...new Set(inodes.values())]
    .sort((a, b) => a - b)
    .map((port) => {
      const pid = pids.get(port) ?? null;
      return { port, pid, command: pid === null ? "" : readCommand(pid) };
    });
}

/** Port -> pid. */
function ownersOf(inodes: ReadonlyMap<string, number>): Map<number, number> {
  const found = new Map<number, number>();
  for (const pid of allPids()) {
    for (const inode of socketsOf(pid)) {
      const port = inodes.get(inode);
      if (port !== undefined && !found.has(port)) found.set(port, pid); // the lowest pid: the parent, if children inherited it
    }
  }
  return found;
}

function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
        return inode === undefined ? [] : [inode];
      } catch {
        return []; // closed meanwhile
      }
    });
  } catch {
    return []; // gone, or another user's
  }
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, "utf8").split("\n").slice(1);
  } catch {
    return []; // no such protocol here
  }
}
