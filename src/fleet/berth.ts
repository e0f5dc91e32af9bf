// One phone of a fleet: leased and written down before it is started, given back once it is stopped.
import type { Instant } from "../core/ids.ts";
import type { DeviceAddress, DeviceFault, DeviceId, Devices } from "../devices/devices.ts";
import type { Clock } from "../host/host.ts";
import type { FleetBook } from "../ledger/ledger.ts";

export type BerthPorts = {
  devices: Devices;
  book: FleetBook;
  provider: string;
  mark: string;
  clock: Pick<Clock, "now">;
};

/** Why a phone can't be had: another campaign has it, it is taken out, or it does not come up. */
export type Refusal = { is: "elsewhere"; until: Instant | null } | { is: "fault"; fault: DeviceFault };
type Brought = { ok: true; phone: DeviceAddress } | { ok: false; refusal: Refusal };

/** A stop is no new start. */
const TO_STOP = { isUntold: true, isToStop: true } as const;

export class Berth {
  readonly id: DeviceId;
  /** Who works on it. */
  worker: number | null = null;
  /** Who worked on it last and may have more to do there. */
  last: number | null = null;
  /** Since when nobody works on it. */
  idleSince: Instant | null = null;
  /** Since when it is to be off and could not be stopped: it may cost on. */
  unstoppedSince: Instant | null = null;
  isStopping = false;
  /** An attempt failed on it: it is looked at before the next. */
  isDoubtful = false;
  /** How often it could not be had, in a row and in this pass. */
  faults = 0;
  /** Left alone so long; `left_out`: in this pass. */
  notBefore: Instant | "left_out" | null = null;
  readonly #ports: BerthPorts;
  #phone: DeviceAddress | null = null;
  /** It ran before we came. */
  #wasOn = false;
  /** What is being done to it, one thing after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(id: DeviceId, ports: BerthPorts) {
    this.id = id;
    this.#ports = ports;
  }

  /** While it is ready. */
  get phone(): DeviceAddress | null {
    return this.#phone;
  }

  /** From before its start until it is known to be off. */
  get mayBeOn(): boolean {
    return this.worker !== null || this.#phone !== null || this.isStopping || this.unstoppedSince !== null;
  }

  /** Leased, started and ready. One that is not to be had is stopped again. */
  bring(stop: AbortSignal): Promise<Brought> {
    return this.#inTurn(async () => {
      if (this.#phone !== null) return { ok: true, phone: this.#phone };
      const { devices, book, provider, mark } = this.#ports;
      const listed = await devices.list();
      this.#wasOn = listed.ok && listed.value.some(({ id, state }) => id === this.id && state === "ready");
      const taken = await book.take({ id: this.id, provider, wasOn: this.#wasOn }, mark);
      if (!taken.ok) return { ok: false, refusal: { is: "elsewhere", until: taken.until } };
      this.unstoppedSince = null; // wanted again
      const ready = await this.#ready(devices, stop);
      if (!ready.ok) {
        await this.#putDown(ready.error);
        return { ok: false, refusal: { is: "fault", fault: ready.error } };
      }
      this.#phone = ready.value;
      await book.ready(this.id);
      return { ok: true, phone: this.#phone };
    });
  }

  /** After a failed attempt: clears what that left, and looks whether the phone still answers; `null`: it does. */
  look(stop: AbortSignal): Promise<DeviceFault | null> {
    return this.#inTurn(async () => {
      const { devices } = this.#ports;
      await devices.clear(this.id); // one that does not answer is told by the look
      const seen = await devices.health(this.id);
      if (seen.ok && seen.value.isBooted) return null;
      const ready = await devices.ready(this.id, stop);
      return ready.ok ? null : ready.error;
    });
  }

  /** One that could not be stopped before is told again. @returns whether there was something to stop */
  stop(fault: DeviceFault | null): Promise<boolean> {
    this.isStopping = true;
    const stopped = this.#inTurn(async () => {
      if (this.#phone !== null) await this.#putDown(fault);
      else if (this.unstoppedSince !== null) return this.#stopAgain();
      else return false;
      return true;
    });
    return stopped.finally(() => {
      this.isStopping = false;
    });
  }

  async #ready(devices: Devices, stop: AbortSignal) {
    const leased = await devices.lease(this.id);
    if (!leased.ok) return leased;
    const started = await devices.start(this.id, stop);
    return started.ok ? devices.ready(this.id, stop) : started;
  }

  /** Since it was given back another campaign may have it, and is not to lose it to us: then it is asked for again later. */
  async #stopAgain(): Promise<boolean> {
    const { book, provider, mark, clock } = this.#ports;
    this.unstoppedSince = clock.now();
    const taken = await book.take({ id: this.id, provider, wasOn: this.#wasOn }, mark, TO_STOP);
    if (!taken.ok) return false;
    try {
      await this.#switchOff();
    } finally {
      await book.give(this.id, null, TO_STOP);
    }
    return true;
  }

  async #switchOff(): Promise<void> {
    const { devices, clock } = this.#ports;
    let isOff = false;
    try {
      isOff = (await devices.stop(this.id, this.#wasOn)).ok;
    } finally {
      this.unstoppedSince = isOff ? null : clock.now();
    }
  }

  /** A phone that can't be stopped is not held any longer than one that can: it is told again, at last by the next sweep. */
  async #putDown(fault: DeviceFault | null): Promise<void> {
    const { devices, book } = this.#ports;
    this.#phone = null;
    this.last = this.idleSince = null;
    this.isDoubtful = false;
    try {
      await this.#switchOff();
    } finally {
      await devices.release(this.id);
      const isStop = fault === null || fault.cause === "stopped";
      await book.give(this.id, isStop ? null : { cause: fault.cause, message: fault.message });
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined); // told to whoever asked for it
    return done;
  }
}
