// Which phones the account has, and what we call them: by the name they have there, or by id where a name is missing or not unique.
import { ok } from "../../core/result.ts";
import { type Answer, type DeviceId, fault } from "../devices.ts";
import type { GeelarkApi, GeelarkFilter, GeelarkPhone } from "./geelark-api.ts";

/** `phones`: names or ids of those that take part; `null` = all that the filter lets through. */
export type PhoneChoice = GeelarkFilter & { phones: readonly string[] | null };

const never = new AbortController().signal;

export class PhoneBook {
  readonly #api: GeelarkApi;
  readonly #choice: PhoneChoice;
  #listed: GeelarkPhone[] | null = null;
  #reading: ReturnType<PhoneBook["read"]> | null = null;
  #all: ReturnType<GeelarkApi["list"]> | null = null;

  constructor(api: GeelarkApi, choice: PhoneChoice) {
    this.#api = api;
    this.#choice = choice;
  }

  /** Asks the provider; all phones that take part. Asked by many at once, it is one request. */
  read(): Promise<Answer<Named[]>> {
    this.#reading ??= this.#ask().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #ask(): Promise<Answer<Named[]>> {
    const listed = await this.#api.list(this.#choice, never);
    if (!listed.ok) return listed;
    this.#listed = listed.value;
    return ok(chosen(named(listed.value), this.#choice.phones));
  }

  /** One that takes part; asks the provider only if it is not known yet. */
  async find(id: DeviceId): Promise<Answer<GeelarkPhone>> {
    const known = this.#known(id);
    if (known !== null) return ok(known);
    const read = await this.read();
    if (!read.ok) return read;
    const found = this.#known(id);
    if (found !== null) return ok(found);
    return fault(
      "gone",
      "device_not_found",
      `there is no phone ${id} at the provider among those chosen in the config`,
    );
  }

  /**
   * One of the account, whether or not it takes part now: for what an earlier start left running. Looked for behind the filter first:
   * a name that stands for one phone there may stand for two in the whole account.
   */
  async findAny(id: DeviceId): Promise<Answer<GeelarkPhone | null>> {
    const read = this.#listed === null ? await this.read() : null;
    // a filter that the provider refuses hides no phone
    if (read?.ok === false && read.error.kind !== "setup") return read;
    const near = pick(named(this.#listed ?? []), id);
    if (near !== null) return ok(near);
    const all = await this.#readAll();
    return all.ok ? ok(pick(named(all.value), id)) : all;
  }

  /** Once: it may be many pages, and there may be many phones to look for. */
  async #readAll(): Promise<Answer<GeelarkPhone[]>> {
    this.#all ??= this.#api.list({}, never);
    const all = await this.#all;
    if (!all.ok) this.#all = null;
    return all;
  }

  #known(id: DeviceId): GeelarkPhone | null {
    return this.#listed === null ? null : pick(chosen(named(this.#listed), this.#choice.phones), id);
  }
}

type Named = { id: DeviceId; phone: GeelarkPhone };

function named(phones: readonly GeelarkPhone[]): Named[] {
  const times = new Map<string, number>();
  for (const { name } of phones) times.set(name, (times.get(name) ?? 0) + 1);
  return phones.map((phone) => ({
    id: phone.name !== "" && times.get(phone.name) === 1 ? phone.name : phone.id,
    phone,
  }));
}

const chosen = (all: Named[], phones: readonly string[] | null) =>
  phones === null ? all : all.filter(({ id, phone }) => phones.includes(id) || phones.includes(phone.id));

const pick = (all: Named[], id: DeviceId) => all.find((each) => each.id === id || each.phone.id === id)?.phone ?? null;
