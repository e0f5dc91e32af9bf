import type { Socket } from "node:net";

/**
 * Cuts a connection with a reset. One that is being ended is only destroyed: reset while its end is on its way, it keeps the whole
 * process from ending for ever (Node 24.21, seen 2026-11-26).
 */
export function cut(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
