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
import { Identities } from "./identities.ts";
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
  /** What our processes' marks begin with, those of earlier starts too; `null` = as `mark`. */
  sweepMark?: string | null;
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
  #identities = new Identities();

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
    if (!reached.ok) return reached;
    const seen = await this.#reach.identityOf(id);
    if (!seen.ok) return seen;
    const recognized = this.#identities.take(id, seen.value);
    if (recognized.is === "other") return wrongPhone(id, recognized.found);
    if (recognized.is === "twin") return twinOf(id, recognized.of);
    return ok({ serial: id, adbPort: this.#options.port });
  }

  health(id: DeviceId): Promise<Answer<Health>> {
    return this.#reach.health(id);
  }

  async confirm(id: DeviceId, account: string, forwardPort: number | null = null): Promise<Answer<AccountSeen>> {
    const other = await this.#otherPhone(id, forwardPort);
    if (!other.ok) return other;
    if (other.value !== null) return ok({ is: "other_phone", found: other.value });
    const found = await this.#accountsOn(id);
    if (!found.ok) return found;
    if (found.value.length === 0) return ok({ is: "unknown" });
    return ok(found.value.includes(account) ? { is: "same" } : { is: "other", found: found.value });
  }

  clear(id: DeviceId): Promise<Answer<void>> {
    endOrphans(id, this.#options);
    return this.#removeForwards(id);
  }

  async stop(id: DeviceId, wasOn?: boolean): Promise<Answer<void>> {
    const removed = await this.clear(id);
    const isOurs = wasOn === undefined ? this.#options.isPrivate || this.#reach.connected.has(id) : !wasOn;
    if (!isOurs || parseSerial(id)?.kind !== "tcp") return removed;
    this.#reach.connected.delete(id);
    const left = await this.client.disconnect(id);
    return removed.ok ? left : removed;
  }

  async release(id: DeviceId): Promise<Answer<void>> {
    this.#identities.give(id);
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

  /** What is there in the phone's place; `null`: it is the one that was first made ready. */
  async #otherPhone(id: DeviceId, forwardPort: number | null): Promise<Answer<string | null>> {
    const seen = await this.#reach.identityOf(id);
    if (!seen.ok) return seen;
    const recognized = this.#identities.check(id, seen.value);
    if (recognized.is === "other") return ok(recognized.found);
    if (recognized.is === "twin") return twinOf(id, recognized.of);
    if (forwardPort === null) return ok(null);
    const forwards = await this.client.forwards();
    if (!forwards.ok) return forwards;
    const led = forwards.value.find(({ local }) => local === `tcp:${forwardPort}`);
    return ok(
      led === undefined || led.serial === id ? null : `a forward to phone ${led.serial} on port ${forwardPort}`,
    );
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

/** As `confirm` is judged: other addresses may lead to wrong phones too, so a person has to look. */
const wrongPhone = (id: DeviceId, found: string) =>
  fault("setup", "wrong_phone", `where phone ${id} was, there is ${found} now. Look which phone has which address`);

const twinOf = (id: DeviceId, other: DeviceId) =>
  fault(
    "try_again",
    "device_busy",
    `phone ${id} is the same phone as ${other}, which is in use: keep one of the two (devices.serials in the config file)`,
  );

/** What adb lists without a serial number that it would take (`(no serial number)`, `????????????`) is none to post from. */
function viewOf(listed: ListedDevice[], serials: readonly string[] | null): DeviceView[] {
  const ids = serials ?? listed.map(({ serial }) => serial).filter((serial) => parseSerial(serial) !== null);
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
function endOrphans(serial: string, { processes, mark, sweepMark }: AdbDevicesOptions): void {
  const prefix = sweepMark ?? mark;
  if (processes === null || prefix === null) return;
  for (const found of processes.marked(prefix)) {
    const words = found.command.split(" ");
    const isAdb = /(^|\/)adb$/.test(words[0] ?? "");
    if (isAdb && words[words.indexOf("-s") + 1] === serial) processes.kill(found, "SIGKILL");
  }
}
