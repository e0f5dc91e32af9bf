// DeviceFarmer's (STF's) calls as we need them. Its statuses are honest HTTP; the description says why.
import type { z } from "zod";
import { type Millis, minutes, seconds } from "../../core/ids.ts";
import { ok } from "../../core/result.ts";
import type { Clock } from "../../host/host.ts";
import { type Answer, type DeviceFault, fault, providerFault } from "../devices.ts";
import { callHttp, type HttpCall } from "../http-call.ts";
import { deviceList, refusal, remoteConnect, type StfDevice } from "./replies.ts";

export type StfApiOptions = { url: string; token: string; clock: Clock; deadlineMs?: Millis };

const FIELDS = "serial,present,ready,using,owner,model,name";
const LONGEST_RESERVATION = minutes(120);

export class StfApi {
  readonly #o: Required<StfApiOptions>;

  constructor(options: StfApiOptions) {
    this.#o = { deadlineMs: seconds(15), ...options };
  }

  async devices(halt: AbortSignal): Promise<Answer<StfDevice[]>> {
    const reply = await this.#ask("GET", `/devices?fields=${FIELDS}`, deviceList, { halt });
    return reply.ok ? ok(reply.value.devices) : reply;
  }

  /** Serials that this token holds, whoever reserved them with it. */
  async held(halt: AbortSignal): Promise<Answer<string[]>> {
    const reply = await this.#ask("GET", "/user/devices?fields=serial", deviceList, { halt });
    return reply.ok ? ok(reply.value.devices.map(({ serial }) => serial)) : reply;
  }

  /** Reserves it. It falls free by itself two hours after its last use. */
  async reserve(serial: string, halt: AbortSignal): Promise<Answer<void>> {
    const body = { serial, timeout: LONGEST_RESERVATION };
    const reply = await this.#call("POST", "/user/devices", { halt, body, serial });
    return reply.ok ? ok(undefined) : reply;
  }

  /** @returns `host:port` for adb */
  async connect(serial: string, halt: AbortSignal): Promise<Answer<string>> {
    const path = `/user/devices/${encodeURIComponent(serial)}/remoteConnect`;
    const reply = await this.#ask("POST", path, remoteConnect, { halt, serial });
    return reply.ok ? ok(reply.value.remoteConnectUrl) : reply;
  }

  /** One that is not held is no matter. */
  async giveBack(serial: string, halt: AbortSignal): Promise<Answer<void>> {
    const path = `/user/devices/${encodeURIComponent(serial)}`;
    const cut = await this.#call("DELETE", `${path}/remoteConnect`, { halt, serial });
    if (!cut.ok && cut.error.scope === "provider") return cut;
    const given = await this.#call("DELETE", path, { halt, serial });
    if (given.ok || given.error.cause === "device_busy" || given.error.cause === "device_not_found")
      return ok(undefined);
    return given;
  }

  async #ask<T extends z.ZodType>(
    method: HttpCall["method"],
    path: string,
    shape: T,
    more: { halt: AbortSignal; serial?: string },
  ): Promise<Answer<z.output<T>>> {
    const reply = await this.#call(method, path, more);
    if (!reply.ok) return reply;
    const read = shape.safeParse(reply.value);
    if (read.success) return ok(read.data);
    return providerFault("try_again", "provider_error", `${method} ${path}: a reply that is not as documented`);
  }

  async #call(
    method: HttpCall["method"],
    path: string,
    { halt, body, serial }: { halt: AbortSignal; body?: unknown; serial?: string },
  ): Promise<Answer<unknown>> {
    const { url, token, deadlineMs } = this.#o;
    const headers = { Authorization: `Bearer ${token}` };
    const call = { method, url: `${url}/api/v1${path}`, headers, deadlineMs, halt };
    const reply = await callHttp(body === undefined ? call : { ...call, body });
    if (!reply.ok) return reply;
    const { status, retryAfterMs } = reply.value;
    if (status >= 200 && status < 300) return ok(reply.value.body);
    const why = refusal.safeParse(reply.value.body).data?.description ?? "";
    const at = serial === undefined ? `${method} ${path.replace(/[?].*/, "")}` : `phone ${serial}`;
    return refused({ status, at, why, isOfPhone: serial !== undefined, retryAfterMs });
  }
}

type Refused = { status: number; at: string; why: string; isOfPhone: boolean; retryAfterMs: Millis | null };

function refused({ status, at, why, isOfPhone, retryAfterMs }: Refused): { ok: false; error: DeviceFault } {
  const said = `${at}: ${why === "" ? "refused" : why} (HTTP ${status})`;
  if (status === 401) return providerFault("setup", "provider_auth", `${said}; check the provider's token`);
  if (status === 429) return providerFault("try_again", "rate_limited", said, retryAfterMs);
  if (isOfPhone && status === 403) return fault("try_again", "device_busy", said);
  if (isOfPhone && status === 404) return fault("gone", "device_not_found", said);
  if (isOfPhone && status === 504) return fault("try_again", "device_timeout", said);
  if (status === 403) return providerFault("setup", "provider_auth", `${said}; this token may not`);
  if (status === 404) return providerFault("setup", "provider_refused", `${said}; check url under devices`);
  if (status < 500) return providerFault("setup", "provider_refused", said);
  return providerFault("try_again", "provider_error", said, retryAfterMs);
}
