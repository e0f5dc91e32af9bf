// `--force-kill-ports`: a port that we need and a foreign program holds is freed by ending that program, which is told.
import type { AdbPhones } from "../core/settings.ts";
import { askVersion, PATIENT_MS } from "../devices/adb/adb-server.ts";
import { endListeners } from "../host/node/end-listeners.ts";
import { isPortFree } from "../host/node/port.ts";

/** @returns whether the port is free now */
export async function makeFree(port: number, onWarning: (message: string) => void): Promise<boolean> {
  for (const { pid, command } of await endListeners(port)) {
    onWarning(`port ${port} was held by pid ${pid} (${command.slice(0, 120)}): ended, as --force-kill-ports asks`);
  }
  return isPortFree(port);
}

/** The port of the adb server, if a program holds it that is none. An adb server of others is used or refused, never ended. */
export async function makeAdbPortFree(
  { adbPort, isPrivate }: AdbPhones,
  onWarning: (message: string) => void,
): Promise<void> {
  if (isPrivate && adbPort === null) return; // it gets one that is free
  const port = adbPort ?? (Number(process.env.ANDROID_ADB_SERVER_PORT) || 5037);
  if ((await askVersion(port, PATIENT_MS)).is === "another program") await makeFree(port, onWarning);
}
