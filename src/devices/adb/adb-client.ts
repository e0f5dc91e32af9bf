// adb's commands as we need them: each with a deadline, each answer checked against what adb is known to get wrong.
import { ok } from "../../core/result.ts";
import type { ShellEnd } from "../adb-side.ts";
import { type Answer, fault } from "../devices.ts";
import { adbFault } from "./adb-fault.ts";
import {
  type ConnectOutcome,
  type Forward,
  type ListedDevice,
  parseConnect,
  parseDevices,
  parseForwards,
  parseMarked,
  withEndMark,
} from "./adb-output.ts";
import type { AdbServer } from "./adb-server.ts";
import { type AdbRun, type AdbSettings, runAdb } from "./run-adb.ts";
import { parseSerial } from "./serial.ts";

/** Milliseconds that each sort of command may take. adb itself gives a mute `connect` 10 s. */
export type AdbDeadlines = { command: number; connect: number; push: number };

export class AdbClient {
  #settings: AdbSettings;
  #server: AdbServer;
  #deadlines: AdbDeadlines;

  constructor(settings: AdbSettings, server: AdbServer, deadlines: AdbDeadlines) {
    this.#settings = settings;
    this.#server = server;
    this.#deadlines = deadlines;
  }

  async devices(): Promise<Answer<ListedDevice[]>> {
    const run = await this.#run(["devices", "-l"], this.#deadlines.command);
    if (!run.ok) return run;
    return run.value.exit === 0 ? ok(parseDevices(run.value.text)) : adbFault("(all)", "listing", run.value);
  }

  /** What adb says of the attempt. `connected` is no proof: look at the state afterwards. */
  async connect(serial: string, halt?: AbortSignal): Promise<Answer<ConnectOutcome>> {
    const run = await this.#on(serial, (s) => ["connect", s], { deadlineMs: this.#deadlines.connect, halt });
    if (!run.ok) return run;
    return run.value.end === "itself" ? ok(parseConnect(run.value.text)) : adbFault(serial, "connecting", run.value);
  }

  async disconnect(serial: string): Promise<Answer<void>> {
    const run = await this.#on(serial, (s) => ["disconnect", s], { deadlineMs: this.#deadlines.command });
    return run.ok ? ok(undefined) : run; // an entry that was gone already is what we wanted
  }

  /**
   * Runs a command on the phone.
   *
   * @param command  text of ours alone: the phone's shell reads it, so never a caption, name or path of a job
   */
  async shell(serial: string, command: string, halt?: AbortSignal): Promise<Answer<ShellEnd>> {
    const args = (s: string) => ["-s", s, "shell", withEndMark(command)];
    const run = await this.#on(serial, args, { deadlineMs: this.#deadlines.command, halt });
    if (!run.ok) return run;
    const end = run.value.end === "itself" ? parseMarked(run.value.text) : null;
    if (end !== null) return ok(end);
    const doing = `shell command ${command.split(" ")[0]}`;
    if (run.value.end === "itself" && run.value.exit === 0) {
      return fault("try_again", "connection_lost", `phone ${serial}: the connection was lost during ${doing}`);
    }
    return adbFault(serial, doing, run.value);
  }

  /** Copies a file to the phone, whole or not at all. */
  async push(serial: string, file: string, target: string, halt?: AbortSignal): Promise<Answer<void>> {
    const args = (s: string) => ["-s", s, "push", "--", file, target];
    const run = await this.#on(serial, args, { deadlineMs: this.#deadlines.push, halt });
    if (!run.ok) return run;
    return run.value.exit === 0 ? ok(undefined) : adbFault(serial, "pushing a file", run.value);
  }

  async forwards(): Promise<Answer<Forward[]>> {
    const run = await this.#run(["forward", "--list"], this.#deadlines.command);
    if (!run.ok) return run;
    return run.value.exit === 0 ? ok(parseForwards(run.value.text)) : adbFault("(all)", "listing forwards", run.value);
  }

  /** @param local  as `forwards` lists it: `tcp:8200` */
  async removeForward(serial: string, local: string): Promise<Answer<void>> {
    const args = (s: string) => ["-s", s, "forward", "--remove", local];
    const run = await this.#on(serial, args, { deadlineMs: this.#deadlines.command });
    return run.ok ? ok(undefined) : run; // gone with its phone, or removed by another: both are the end of it
  }

  async #on(
    serial: string,
    args: (serial: string) => string[],
    { deadlineMs, halt }: { deadlineMs: number; halt?: AbortSignal | undefined },
  ): Promise<Answer<AdbRun>> {
    if (parseSerial(serial) === null) return badSerial(serial);
    return this.#run(args(serial), deadlineMs, halt);
  }

  async #run(args: string[], deadlineMs: number, halt?: AbortSignal): Promise<Answer<AdbRun>> {
    const server = await this.#server.ensure();
    if (!server.ok) return server;
    return ok(await runAdb(this.#settings, args, { deadlineMs, ...(halt === undefined ? {} : { halt }) }));
  }
}

export const badSerial = (text: string) =>
  fault("setup", "bad_serial", `${JSON.stringify(text)} is no adb serial (like R58M12ABC or 10.0.0.7:5555)`);
