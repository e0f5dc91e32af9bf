// Phones on adb: on USB, or over TCP as cloud phones and simulated ones are.
import { ok } from "../../core/result.ts";
import type { Processes } from "../../host/host.ts";
import type { AdbSide, ShellEnd } from "../adb-side.ts";
import {
  type AccountSeen,
  type Answer,
  type DeviceAddress,
  type DeviceId,
  type Devices,
  type DeviceView,
  fault,
  type Health,
} from "../devices.ts";
import { Leases } from "../leases.ts";
import { AdbClient, type AdbDeadlines, badSerial } from "./adb-client.ts";
import { type ListedDevice, parseAccounts } from "./adb-output.ts";
import { AdbReach } from "./adb-reach.ts";
import { AdbServer } from "./adb-server.ts";
import type { AdbSettings } from "./run-adb.ts";
import { parseSerial } from "./serial.ts";

export type AdbDevicesOptions = AdbSettings & {
  /** Phones of this fleet; `null` = all that adb lists. TCP serials are connected to when they are started. */
  serials: readonly string[] | null;
  /** The server is ours alone: started marked, ended by `close`, all its forwards are ours. */
  isPrivate: boolean;
  /** Local ports that we hand out for forwards; on a shared server only these are removed. */
  forwardPorts: { from: number; to: number };
  /** Milliseconds; what is left out is as in `DEADLINES`. */
  deadlines: Partial<AdbDeadlines & { ready: number }>;
  /** To find children of ours that outlived their parent; `null` = they are not looked for. */
  processes: Processes | null;
  /** Names of the accounts on a phone; `null` = ask the phone's own list (`dumpsys account`). Must not write. */
  accountsOn: ((serial: string) => Promise<Answer<string[]>>) | null;
  /** Type of account that `dumpsys account` is to be read for; `null` = any. */
  accountType: string | null;
};

const DEADLINES = { command: 10_000, connect: 15_000, push: 120_000, ready: 60_000 } as const;

export class AdbDevices implements Devices, AdbSide {
  /** For what the port does not cover, such as a push. */
  readonly client: AdbClient;
  readonly port: number;
  #options: AdbDevicesOptions;
  #server: AdbServer;
  #reach: AdbReach;
  #leases = new Leases();

  constructor(options: AdbDevicesOptions) {
    this.#options = options;
    this.port = options.port;
    const deadlines = { ...DEADLINES, ...options.deadlines };
    this.#server = new AdbServer(options, options.isPrivate);
    this.client = new AdbClient(options, this.#server, deadlines);
    this.#reach = new AdbReach(this.client, deadlines.ready);
  }

  async list(): Promise<Answer<DeviceView[]>> {
    const listed = await this.client.devices();
    return listed.ok ? ok(viewOf(listed.value, this.#options.serials)) : listed;
  }

  async lease(id: DeviceId): Promise<Answer<void>> {
    const { serials } = this.#options;
    if (parseSerial(id) === null) return badSerial(id);
    if (serials === null || serials.includes(id)) return this.#leases.take(id);
    return fault("gone", "device_not_found", `phone ${id} is not one of this fleet's`);
  }

  async start(id: DeviceId, halt: AbortSignal): Promise<Answer<void>> {
    const leased = this.#leases.check(id);
    if (!leased.ok) return leased;
    const reached = await this.#reach.once(id, halt);
    // a phone that can't be reached yet is for `ready` to wait for; only a set-up fault ends it here
    return reached.ok || reached.error.kind !== "setup" ? ok(undefined) : reached;
  }

  async ready(id: DeviceId, halt: AbortSignal): Promise<Answer<DeviceAddress>> {
    const leased = this.#leases.check(id);
    if (!leased.ok) return leased;
    const reached = await this.#reach.untilBooted(id, halt);
    return reached.ok ? ok({ serial: id, adbPort: this.#options.port }) : reached;
  }

  health(id: DeviceId): Promise<Answer<Health>> {
    return this.#reach.health(id);
  }

  async confirm(id: DeviceId, account: string): Promise<Answer<AccountSeen>> {
    const found = await this.#accountsOn(id);
    if (!found.ok) return found;
    if (found.value.length === 0) return ok({ is: "unknown" });
    return ok(found.value.includes(account) ? { is: "same" } : { is: "other", found: found.value });
  }

  async stop(id: DeviceId): Promise<Answer<void>> {
    endOrphans(id, this.#options);
    const removed = await this.#removeForwards(id);
    const isOurs = this.#options.isPrivate || this.#reach.connected.has(id);
    if (!isOurs || parseSerial(id)?.kind !== "tcp") return removed;
    this.#reach.connected.delete(id);
    const left = await this.client.disconnect(id);
    return removed.ok ? left : removed;
  }

  async release(id: DeviceId): Promise<Answer<void>> {
    this.#leases.give(id);
    return ok(undefined);
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  reach(serial: string, halt: AbortSignal): Promise<Answer<void>> {
    return this.#reach.once(serial, halt);
  }

  shell(serial: string, command: string, halt?: AbortSignal): Promise<Answer<ShellEnd>> {
    return this.client.shell(serial, command, halt);
  }

  async #accountsOn(id: DeviceId): Promise<Answer<string[]>> {
    if (this.#options.accountsOn !== null) return this.#options.accountsOn(id);
    const end = await this.client.shell(id, "dumpsys account");
    return end.ok ? ok(parseAccounts(end.value.out, this.#options.accountType)) : end;
  }

  async #removeForwards(id: DeviceId): Promise<Answer<void>> {
    const all = await this.client.forwards();
    if (!all.ok) return all;
    const ours = all.value.filter(({ serial, local }) => serial === id && isOurForward(local, this.#options));
    for (const { local } of ours) await this.client.removeForward(id, local);
    return ok(undefined);
  }
}

function viewOf(listed: ListedDevice[], serials: readonly string[] | null): DeviceView[] {
  const ids = serials ?? listed.map(({ serial }) => serial);
  return ids.map((id) => {
    const seen = listed.find(({ serial }) => serial === id);
    if (seen === undefined) return { id, state: "off", model: null };
    const state = ({ device: "ready", unauthorized: "unauthorized" } as const)[seen.state] ?? "offline";
    return { id, state, model: seen.model };
  });
}

function isOurForward(local: string, { isPrivate, forwardPorts }: AdbDevicesOptions): boolean {
  const port = Number(/^tcp:(\d+)$/.exec(local)?.[1] ?? Number.NaN);
  return isPrivate || (port >= forwardPorts.from && port <= forwardPorts.to);
}

/** adb clients that a killed Appium left behind (`logcat`, `am instrument`): ours by their mark, this phone's by `-s`. */
function endOrphans(serial: string, { processes, mark }: AdbDevicesOptions): void {
  if (processes === null || mark === null) return;
  for (const found of processes.marked(mark)) {
    const words = found.command.split(" ");
    const isAdb = /(^|\/)adb$/.test(words[0] ?? "");
    if (isAdb && words[words.indexOf("-s") + 1] === serial) processes.kill(found, "SIGKILL");
  }
}
