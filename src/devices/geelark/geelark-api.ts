// GeeLark's calls as we need them: limits kept, codes read, partial successes taken apart phone by phone.
import { randomUUID } from "node:crypto";
import type { z } from "zod";
import { type Instant, instant, later, type Millis, millis, minutes, seconds } from "../../core/ids.ts";
import { ok } from "../../core/result.ts";
import type { Clock } from "../../host/host.ts";
import { type Answer, fault, providerFault } from "../devices.ts";
import { callHttp, type HttpReply } from "../http-call.ts";
import { type RequestLimit, RequestLimiter } from "../request-limiter.ts";
import { CODES_WITH_DETAILS, phoneFault, replyFault } from "./codes.ts";
import { authHeaders, type GeelarkCredentials } from "./credentials.ts";
import { adbData, batchDetails, envelope, type PhoneStatus, phonePage, STATUS, wallet } from "./replies.ts";

export type GeelarkApiOptions = {
  /** Without a slash at its end; theirs if left out. */
  url?: string;
  credentials: GeelarkCredentials;
  clock: Clock;
  /** Longest a request may take. */
  deadlineMs?: Millis;
  /** Longest a request waits for a limit to lift; beyond, that is the answer. */
  patienceMs?: Millis;
};

export type GeelarkPhone = {
  id: string;
  /** Its name at the provider; may be empty, and is not unique. */
  name: string;
  status: PhoneStatus;
  group: string;
  tags: string[];
  model: string | null;
};
/** `tags`: all of them. Empty: every phone of the account. */
export type GeelarkFilter = { group?: string | undefined; tags?: readonly string[] | undefined };
export type AdbDoor = { serial: string; password: string };
export type PerPhone<T> = Answer<Map<string, Answer<T>>>;

export const GEELARK_URL = "https://openapi.geelark.com";
/** Phones in one request. */
export const MOST_IDS = 100;
/** Each call of the API for itself. */
const LIMITS: readonly RequestLimit[] = [
  { requests: 200, perMs: minutes(1) },
  { requests: 24_000, perMs: minutes(60) },
];
const WALLET = "/open/v1/pay/wallet";
const WALLET_LIMIT: readonly RequestLimit[] = [{ requests: 10, perMs: minutes(1) }];
/** Our clock may differ so much from theirs before a refused signature is put down to it. */
const SKEW_MS = 60_000;

export class GeelarkApi {
  readonly #o: Required<GeelarkApiOptions>;
  readonly #limiters = new Map<string, RequestLimiter>();
  /** Theirs minus ours, as the last reply showed it; `null`: none did. */
  skewMs: number | null = null;

  constructor(options: GeelarkApiOptions) {
    this.#o = { url: GEELARK_URL, deadlineMs: seconds(20), patienceMs: seconds(75), ...options };
  }

  /** Every phone that the filter lets through, page by page. */
  async list(filter: GeelarkFilter, halt: AbortSignal): Promise<Answer<GeelarkPhone[]>> {
    const phones = new Map<string, GeelarkPhone>();
    for (let page = 1; ; page++) {
      const body = { page, pageSize: MOST_IDS, ...asked(filter) };
      const reply = await this.#ask("/open/v1/phone/list", body, phonePage, halt);
      if (!reply.ok) return reply;
      const items = reply.value.items ?? [];
      for (const item of items) phones.set(item.id, phoneOf(item));
      if (items.length === 0 || page * MOST_IDS >= reply.value.total) return ok([...phones.values()]);
    }
  }

  async status(ids: readonly string[], halt: AbortSignal): Promise<PerPhone<PhoneStatus>> {
    const reply = await this.#batch("/open/v1/phone/status", { ids }, "looking", halt);
    if (!reply.ok) return reply;
    return ok(new Map([...reply.value].map(([id, said]) => [id, said.ok ? ok(statusOf(said.value.status)) : said])));
  }

  /** `null` where the provider names no page to see the phone on. */
  async start(ids: readonly string[], halt: AbortSignal): Promise<PerPhone<string | null>> {
    const reply = await this.#batch("/open/v1/phone/start", { ids }, "starting", halt);
    if (!reply.ok) return reply;
    return ok(new Map([...reply.value].map(([id, said]) => [id, said.ok ? ok(said.value.url ?? null) : said])));
  }

  async stop(ids: readonly string[], halt: AbortSignal): Promise<PerPhone<unknown>> {
    return this.#batch("/open/v1/phone/stop", { ids }, "stopping", halt);
  }

  /** Takes effect some seconds later, and says nothing of phones that can't. */
  async openAdb(ids: readonly string[], halt: AbortSignal): Promise<Answer<void>> {
    const reply = await this.#call("/open/v1/adb/setStatus", { ids, open: true }, halt);
    return reply.ok ? ok(undefined) : reply;
  }

  async adbDoors(ids: readonly string[], halt: AbortSignal): Promise<PerPhone<AdbDoor>> {
    const reply = await this.#ask("/open/v1/adb/getData", { ids }, adbData, halt);
    if (!reply.ok) return reply;
    const now = this.#o.clock.now();
    return ok(new Map((reply.value.items ?? []).map((item) => [item.id, doorOf(item, now)])));
  }

  /** What is left to pay with, in the provider's money. */
  async balance(halt: AbortSignal): Promise<Answer<number>> {
    const reply = await this.#ask(WALLET, {}, wallet, halt);
    return reply.ok ? ok(reply.value.balance + reply.value.giftMoney) : reply;
  }

  async #batch(
    path: string,
    body: { ids: readonly string[] },
    doing: string,
    halt: AbortSignal,
  ): Promise<PerPhone<Detail>> {
    const reply = await this.#ask(path, body, batchDetails, halt);
    if (!reply.ok) return reply;
    const now = this.#o.clock.now();
    const answers = new Map<string, Answer<Detail>>();
    for (const detail of reply.value.successDetails ?? []) answers.set(detail.id, ok(detail));
    for (const d of reply.value.failDetails ?? []) answers.set(d.id, phoneFault(`phone ${d.id}: ${doing}`, d, now));
    return ok(answers);
  }

  async #ask<T extends z.ZodType>(
    path: string,
    body: unknown,
    shape: T,
    halt: AbortSignal,
  ): Promise<Answer<z.output<T>>> {
    const reply = await this.#call(path, body, halt);
    if (!reply.ok) return reply;
    const data = shape.safeParse(reply.value);
    if (data.success) return ok(data.data);
    return providerFault("try_again", "provider_error", `POST ${path}: a reply that is not as documented`);
  }

  async #call(path: string, body: unknown, halt: AbortSignal): Promise<Answer<unknown>> {
    const { clock, patienceMs, url, credentials, deadlineMs } = this.#o;
    const limiter = this.#limiterOf(path);
    const free = await limiter.take(patienceMs, halt);
    const sentAt = clock.now();
    if (!free.ok) return halt.aborted ? stopped(path) : limited(path, free.error, sentAt);
    const headers = authHeaders(credentials, { traceId: randomUUID(), ts: sentAt });
    const reply = await callHttp({ method: "POST", url: `${url}${path}`, headers, body, deadlineMs, halt });
    if (!reply.ok) return reply;
    if (reply.value.date !== null) this.skewMs = reply.value.date - sentAt;
    const read = this.#read(path, reply.value);
    if (!read.ok && read.error.cause === "rate_limited") {
      limiter.shut(later(clock.now(), read.error.retryAfterMs ?? minutes(1)));
    }
    return read;
  }

  #read(path: string, { status, body, retryAfterMs }: HttpReply): Answer<unknown> {
    const at = `POST ${path}`;
    if (status === 429) {
      const wait = retryAfterMs ?? millis(60_000 - (this.#o.clock.now() % 60_000));
      return providerFault("try_again", "rate_limited", `${at}: too many requests (HTTP 429)`, wait);
    }
    if (status === 401 || status === 403) {
      return providerFault("setup", "provider_auth", `${at}: HTTP ${status}; check the token or key of the provider`);
    }
    const said = envelope.safeParse(body);
    if (!said.success)
      return providerFault(
        "try_again",
        "provider_error",
        `${at}: HTTP ${status}, no answer of GeeLark's`,
        retryAfterMs,
      );
    if (CODES_WITH_DETAILS.includes(said.data.code)) return ok(said.data.data ?? {});
    const failed = replyFault(`${at}${this.#skewWord(said.data.code)}`, said.data, this.#o.clock.now());
    if (retryAfterMs !== null && failed.error.cause === "rate_limited") failed.error.retryAfterMs = retryAfterMs;
    return failed;
  }

  /** A signature holds its time, so a clock that is off looks like a wrong key. */
  #skewWord(code: number): string {
    if (code !== 40003 || this.skewMs === null || Math.abs(this.skewMs) < SKEW_MS) return "";
    return ` (this clock is ${Math.round(Math.abs(this.skewMs) / 1000)} s ${this.skewMs > 0 ? "behind" : "ahead of"} the provider's)`;
  }

  #limiterOf(path: string): RequestLimiter {
    const known = this.#limiters.get(path);
    if (known !== undefined) return known;
    const made = new RequestLimiter(path === WALLET ? WALLET_LIMIT : LIMITS, this.#o.clock);
    this.#limiters.set(path, made);
    return made;
  }
}

const asked = ({ group, tags }: GeelarkFilter) => ({
  ...(group === undefined ? {} : { groupName: group }),
  ...(tags === undefined ? {} : { tags }),
});

const stopped = (path: string): Answer<never> => fault("try_again", "stopped", `POST ${path} was stopped`);

function limited(path: string, freeAt: Instant, now: Instant): Answer<never> {
  const wait = millis(freeAt - now);
  const message = `POST ${path}: the provider takes no more requests before ${new Date(instant(freeAt)).toISOString()}`;
  return providerFault("try_again", "rate_limited", message, wait);
}

type Detail = NonNullable<z.output<typeof batchDetails>["successDetails"]>[number];
type Item = NonNullable<z.output<typeof phonePage>["items"]>[number];

function phoneOf({ id, serialName, status, group, tags, equipmentInfo }: Item): GeelarkPhone {
  return {
    id,
    name: serialName.trim(),
    status: statusOf(status),
    group: group?.name ?? "",
    tags: (tags ?? []).map(({ name }) => name),
    model: equipmentInfo?.deviceModel || null,
  };
}

const statusOf = (code: number | undefined): PhoneStatus => STATUS[code ?? 2] ?? "off";

type DoorItem = NonNullable<z.output<typeof adbData>["items"]>[number];

function doorOf({ id, code, ip, port, pwd }: DoorItem, now: Instant): Answer<AdbDoor> {
  if (code !== 0) return phoneFault(`phone ${id}: opening adb`, { code, msg: "adb can't be used" }, now);
  // it goes into a command that the phone's shell reads, so nothing but what passwords are made of
  if (!/^[A-Za-z0-9]{1,64}$/.test(pwd)) {
    return fault("try_again", "device_error", `phone ${id}: the provider gave no usable adb password`);
  }
  return ok({ serial: `${ip}:${port}`, password: pwd });
}
