// The phones of a stand-in GeeLark account: off, starting, on; adb off, being opened, open. Time is whatever `now` says.

/** What is behind a phone once adb is open: something that adb can connect to on 127.0.0.1. */
export type PhoneBody = { on(password: string): Promise<number>; off(): Promise<void> };

/** What goes wrong with one phone. */
type PhoneFaults = {
  /** Codes of its next starts, one each; 0 = goes well. */
  startCodes?: number[];
  /** So many starts are taken, and the answer says nothing of the phone. */
  startsUntold?: number;
  /** Takes a start, and stays at "starting". */
  neverStarts?: boolean;
  /** So many stops are answered with success and change nothing. */
  ignoresStops?: number;
  /** Its time is over. */
  isExpired?: boolean;
  /** The account has it no more. */
  isDeleted?: boolean;
  /** Its model has no adb. */
  hasNoAdb?: boolean;
  /** A person is on it: it can't be stopped (43006). */
  isWatched?: boolean;
};

export type StandInPhone = {
  id: string;
  name: string;
  group: string;
  tags: string[];
  faults: PhoneFaults;
  /** `null`: nothing to connect to. */
  body: PhoneBody | null;
};

type Power = { is: "off" } | { is: "starting"; since: number; until: number } | { is: "on"; since: number };
type Adb = { is: "off" } | { is: "opening"; until: number } | { is: "open"; port: number; password: string };
type Inside = StandInPhone & { power: Power; adb: Adb };

export type PhonesOptions = {
  now(): number;
  /** From start to started; from setStatus to a port. Provider's ms. */
  startMs: number;
  adbMs: number;
  password(): string;
  log(entry: PowerEntry): void;
};
export type PowerEntry =
  | { at: "on"; phone: string; by: "api" | "person" }
  | { at: "stop_ignored"; phone: string }
  /** `ms`: how long it was on, as it would be billed. */
  | { at: "off"; phone: string; ms: number };

export class StandInPhones {
  readonly #o: PhonesOptions;
  readonly #phones = new Map<string, Inside>();

  constructor(options: PhonesOptions) {
    this.#o = options;
  }

  add(phone: StandInPhone): void {
    this.#phones.set(phone.id, { ...phone, power: { is: "off" }, adb: { is: "off" } });
  }

  /** Those that the account still has. */
  all(): StandInPhone[] {
    return [...this.#phones.values()].filter(({ faults }) => faults.isDeleted !== true);
  }

  get(id: string): StandInPhone | null {
    return this.all().find((phone) => phone.id === id) ?? null;
  }

  /** 0 started, 1 starting, 2 off, 3 expired. */
  status(id: string): number {
    const phone = this.#now(id);
    if (phone?.faults.isExpired === true) return 3;
    return phone === null ? 2 : { on: 0, starting: 1, off: 2 }[phone.power.is];
  }

  /** @returns 0, or the code why not */
  start(id: string, by: "api" | "person" = "api"): number {
    const phone = this.#now(id);
    if (phone === null) return 42001;
    if (phone.faults.isExpired === true) return 43004;
    const code = phone.faults.startCodes?.shift() ?? 0;
    if (code !== 0) return code;
    if (phone.power.is !== "off") return 0;
    const now = this.#o.now();
    const until = phone.faults.neverStarts === true ? Number.POSITIVE_INFINITY : now + this.#o.startMs;
    phone.power = { is: "starting", since: now, until };
    this.#o.log({ at: "on", phone: id, by });
    return 0;
  }

  /** Whether the answer to a start is to say nothing of it. */
  isUntold(id: string): boolean {
    const faults = this.get(id)?.faults;
    if (faults?.startsUntold === undefined || faults.startsUntold === 0) return false;
    faults.startsUntold--;
    return true;
  }

  async stop(id: string): Promise<number> {
    const phone = this.#now(id);
    if (phone === null) return 42001;
    if (phone.power.is === "off") return 0;
    if (phone.faults.isWatched === true) return 43006;
    if ((phone.faults.ignoresStops ?? 0) > 0) {
      phone.faults.ignoresStops = (phone.faults.ignoresStops ?? 0) - 1;
      this.#o.log({ at: "stop_ignored", phone: id });
      return 0;
    }
    const ms = this.#o.now() - phone.power.since;
    phone.power = { is: "off" };
    phone.adb = { is: "off" };
    this.#o.log({ at: "off", phone: id, ms });
    await phone.body?.off();
    return 0;
  }

  /** Says nothing of phones that can't. */
  setAdb(id: string, isOpen: boolean): void {
    const phone = this.#now(id);
    if (phone?.power.is !== "on" || phone.faults.hasNoAdb === true) return;
    if (!isOpen) phone.adb = { is: "off" };
    else if (phone.adb.is === "off") phone.adb = { is: "opening", until: this.#o.now() + this.#o.adbMs };
  }

  async adbData(id: string): Promise<{ code: number; port: number; password: string }> {
    const phone = this.#now(id);
    if (phone === null) return closed(42001);
    if (phone.power.is !== "on") return closed(42002);
    if (phone.faults.hasNoAdb === true) return closed(49002);
    if (phone.adb.is === "opening" && phone.adb.until <= this.#o.now()) {
      const password = this.#o.password();
      phone.adb = { is: "open", port: (await phone.body?.on(password)) ?? 1, password };
    }
    return phone.adb.is === "open" ? { code: 0, port: phone.adb.port, password: phone.adb.password } : closed(49001);
  }

  #now(id: string): Inside | null {
    const phone = this.#phones.get(id);
    if (phone === undefined || phone.faults.isDeleted === true) return null;
    const { power } = phone;
    if (power.is === "starting" && power.until <= this.#o.now()) phone.power = { is: "on", since: power.since };
    return phone;
  }
}

const closed = (code: number) => ({ code, port: 0, password: "" });
