// What adb's words mean for a phone. Texts of adb 29 to 36; what is not known is `device_error`, to be tried again.
import { type DeviceFault, type DeviceFaultCause, fault } from "../devices.ts";
import type { AdbRun } from "./run-adb.ts";

const WORDS: [pattern: RegExp, kind: DeviceFault["kind"], cause: DeviceFaultCause][] = [
  [/No space left on device|ENOSPC/i, "try_again", "device_storage_full"],
  [/unauthorized|failed to authenticate/i, "gone", "device_unauthorized"],
  [/device offline|device still (connecting|authorizing)/i, "try_again", "device_offline"],
  [
    /device '[^']*' not found|no devices\/emulators found|Connection refused|failed to resolve/i,
    "gone",
    "device_not_found",
  ],
  [/couldn't read from device|closed|protocol fault|connection reset|failed to read/i, "try_again", "connection_lost"],
];

/** @param doing  what was tried, such as `pushing a.mp4` */
export function adbFault(serial: string, doing: string, run: AdbRun): { ok: false; error: DeviceFault } {
  const at = `phone ${serial}: ${doing}`;
  if (run.end === "stopped") return fault("try_again", "stopped", `${at} was stopped`);
  if (run.end === "deadline") return fault("try_again", "device_timeout", `${at} did not end in its time`);
  if (run.end === "no such program") return fault("setup", "adb_missing", `${at}: ${run.text}`);
  const text = firstReason(run.text);
  for (const [pattern, kind, cause] of WORDS) if (pattern.test(run.text)) return fault(kind, cause, `${at}: ${text}`);
  return fault("try_again", "device_error", `${at}: ${text === "" ? `adb ended with ${run.exit}` : text}`);
}

function firstReason(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.find((line) => /error|failed|cannot|couldn't/i.test(line)) ?? lines.find((line) => line !== "") ?? "";
}
