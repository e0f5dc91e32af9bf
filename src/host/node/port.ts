import { createSocket } from "node:dgram";
import { createServer } from "node:net";

/** Whether nobody listens on this port of the machine's own address, tried by listening there for a moment. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/**
 * Keeps a TCP port from all on this machine who ask so, as long as this process lives: by the UDP port of the same number, so that
 * whoever it is meant for can listen on it. Between the look and the use of a port others would find it free, too.
 *
 * @returns what gives it back; `null`: somebody has it, or listens there
 */
export async function reservePort(port: number): Promise<(() => void) | null> {
  const socket = createSocket({ type: "udp4", reuseAddr: false });
  const isOurs = await new Promise<boolean>((resolve) => {
    socket.once("error", () => resolve(false));
    socket.bind({ port, address: "127.0.0.1", exclusive: true }, () => resolve(true));
  });
  const giveBack = () => void socket.close();
  if (!isOurs) return null; // a socket that could not be bound closes itself
  socket.unref();
  if (await isPortFree(port)) return giveBack;
  giveBack();
  return null;
}
