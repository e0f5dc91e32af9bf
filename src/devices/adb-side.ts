// What a provider of phones far away needs of adb, once it knows where a phone listens.
import type { Answer, Devices } from "./devices.ts";

/** What a shell command printed, and its exit code on the phone. */
export type ShellEnd = { out: string; code: number };

/** Ids are adb serials here (`host:port`). */
export interface AdbSide extends Pick<Devices, "health" | "confirm" | "clear" | "stop" | "close"> {
  /** Port of the adb server that knows the serials. */
  readonly port: number;
  /** One try to connect. */
  reach(serial: string, halt: AbortSignal): Promise<Answer<void>>;
  /** @param command  text of ours alone: the phone's shell reads it, so never anything of a job */
  shell(serial: string, command: string, halt?: AbortSignal): Promise<Answer<ShellEnd>>;
}
