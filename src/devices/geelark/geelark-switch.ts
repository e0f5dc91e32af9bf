// On, off, and how far it is: for many phones at once, with as few requests as can be.
import { instant, later, type Millis, millis, seconds } from "../../core/ids.ts";
import { ok } from "../../core/result.ts";
import type { Clock } from "../../host/host.ts";
import { Batch } from "../batch.ts";
import { type Answer, fault } from "../devices.ts";
import { nextTick } from "../ticks.ts";
import { type AdbDoor, type GeelarkApi, type GeelarkPhone, MOST_IDS } from "./geelark-api.ts";
import type { PhoneStatus } from "./replies.ts";

type Deadlines = { stop: Millis; poll: Millis; gather: Millis };

/** adb is switched on some seconds after it was asked for; then it is asked for again. */
const ADB_AGAIN = seconds(10);
/** A phone that was told to stop is told again after so many looks. */
const STOP_AGAIN_LOOKS = 3;
const never = new AbortController().signal;

export class GeelarkSwitch {
  readonly #clock: Clock;
  readonly #deadlines: Deadlines;
  readonly #status: Batch<PhoneStatus>;
  readonly #on: Batch<string | null>;
  readonly #off: Batch<unknown>;
  readonly #adb: Batch<void>;
  readonly #doors: Batch<AdbDoor>;
  readonly #adbAskedAt = new Map<string, number>();

  constructor(api: GeelarkApi, clock: Clock, deadlines: Deadlines) {
    this.#clock = clock;
    this.#deadlines = deadlines;
    const { gather } = deadlines;
    // one request stands for many phones, so no single one of them may halt it; it has a deadline of its own
    this.#status = new Batch((ids) => api.status(ids, never), MOST_IDS, gather);
    this.#on = new Batch((ids) => api.start(ids, never), MOST_IDS, gather);
    this.#off = new Batch((ids) => api.stop(ids, never), MOST_IDS, gather);
    this.#doors = new Batch((ids) => api.adbDoors(ids, never), MOST_IDS, gather);
    this.#adb = new Batch(
      async (ids) => {
        const opened = await api.openAdb(ids, never);
        return opened.ok ? ok(new Map(ids.map((id) => [id, ok(undefined)]))) : opened;
      },
      MOST_IDS,
      gather,
    );
  }

  status(phone: GeelarkPhone, halt: AbortSignal): Promise<Answer<PhoneStatus>> {
    return heard(phone, this.#status.ask(phone.id), halt);
  }

  /** @returns the provider's page for the phone, if it names one */
  on(phone: GeelarkPhone, halt: AbortSignal): Promise<Answer<string | null>> {
    this.#adbAskedAt.delete(phone.id);
    return heard(phone, this.#on.ask(phone.id), halt);
  }

  /** Where adb finds a phone that runs. Switches adb on where it is off, and says to try again then. */
  async door(phone: GeelarkPhone, halt: AbortSignal): Promise<Answer<AdbDoor>> {
    const door = await heard(phone, this.#doors.ask(phone.id), halt);
    if (door.ok || door.error.cause !== "device_no_adb" || door.error.kind === "gone") return door;
    const now = this.#clock.now();
    if (now - (this.#adbAskedAt.get(phone.id) ?? Number.NEGATIVE_INFINITY) >= ADB_AGAIN) {
      const asked = await heard(phone, this.#adb.ask(phone.id), halt);
      if (!asked.ok) return asked;
      this.#adbAskedAt.set(phone.id, now);
    }
    return fault("try_again", "device_no_adb", `phone ${nameOf(phone)}: adb is being switched on`);
  }

  /** Told to stop until the provider says that it is off. */
  async off(phone: GeelarkPhone): Promise<Answer<void>> {
    const end = later(this.#clock.now(), this.#deadlines.stop);
    let askAgainAt = instant(0);
    for (;;) {
      const now = this.#clock.now();
      const status = await this.status(phone, never);
      if (status.ok && (status.value === "off" || status.value === "expired")) return ok(undefined);
      if (!status.ok && status.error.cause === "device_not_found") return ok(undefined); // deleted: it can't run
      if (!status.ok && status.error.kind === "setup") return status;
      const asked = now < askAgainAt ? null : await heard(phone, this.#off.ask(phone.id), never);
      if (asked?.ok === true) askAgainAt = later(now, millis(STOP_AGAIN_LOOKS * this.#deadlines.poll));
      const next = nextTick(this.#clock.now(), this.#deadlines.poll);
      if (next >= end) return asked?.ok === false ? asked : stillOn(phone);
      await this.#clock.sleepUntil(next, never);
    }
  }
}

const nameOf = ({ id, name }: GeelarkPhone) => (name === "" ? id : name);

const stillOn = (phone: GeelarkPhone) =>
  fault("try_again", "device_still_on", `phone ${nameOf(phone)} was told to stop and still runs: it costs minutes`);

/** The answer to one of many who asked together; whoever is halted leaves, the request goes on. Names the phone as people do. */
async function heard<T>(phone: GeelarkPhone, asked: Promise<Answer<T> | null>, halt: AbortSignal): Promise<Answer<T>> {
  const answer = await unlessHalted(asked, halt);
  if (answer === "halted") return fault("try_again", "stopped", `waiting for phone ${nameOf(phone)} was stopped`);
  if (answer === null) {
    return fault("try_again", "provider_error", `phone ${nameOf(phone)}: the provider's answer says nothing of it`);
  }
  if (answer.ok) return answer;
  const message = answer.error.message.replace(`phone ${phone.id}`, `phone ${nameOf(phone)}`);
  return { ok: false, error: { ...answer.error, message } };
}

function unlessHalted<T>(asked: Promise<T>, halt: AbortSignal): Promise<T | "halted"> {
  if (halt === never) return asked;
  return new Promise((resolve, reject) => {
    const leave = () => resolve("halted");
    if (halt.aborted) return leave();
    halt.addEventListener("abort", leave, { once: true });
    asked.then(resolve, reject).finally(() => halt.removeEventListener("abort", leave));
  });
}
