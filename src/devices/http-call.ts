// One JSON request to a provider, with a deadline. Headers carry secrets, so nothing here ever shows one.
import { type Millis, millis } from "../core/ids.ts";
import { ok } from "../core/result.ts";
import { type Answer, fault, providerFault } from "./devices.ts";

export type HttpCall = {
  method: "GET" | "POST" | "DELETE";
  url: string;
  headers: Record<string, string>;
  body?: unknown;
  deadlineMs: Millis;
  halt: AbortSignal;
};

/** `date`: the server's clock, ms since the epoch; `null` = it does not say. `body`: parsed JSON, or `null`. */
export type HttpReply = { status: number; body: unknown; date: number | null; retryAfterMs: Millis | null };

/** Any reply is a value, whatever its status; a fault means that there was none. Follows no redirect: a token stays where it was sent. */
export async function callHttp(call: HttpCall): Promise<Answer<HttpReply>> {
  const deadline = AbortSignal.timeout(call.deadlineMs);
  const at = `${call.method} ${shown(call.url)}`;
  try {
    const response = await fetch(call.url, {
      method: call.method,
      headers: { ...call.headers, ...(call.body === undefined ? {} : { "content-type": "application/json" }) },
      redirect: "error",
      signal: AbortSignal.any([deadline, call.halt]),
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    });
    const text = await response.text();
    return ok({
      status: response.status,
      body: parsed(text),
      date: dateOf(response.headers.get("date")),
      retryAfterMs: retryAfterOf(response.headers.get("retry-after")),
    });
  } catch (error) {
    if (call.halt.aborted) return fault("try_again", "stopped", `${at} was stopped`);
    if (deadline.aborted) {
      return providerFault("try_again", "provider_unreachable", `${at} had no answer in ${call.deadlineMs / 1000} s`);
    }
    return providerFault("try_again", "provider_unreachable", `${at}: ${reasonOf(error)}`);
  }
}

const shown = (url: string) => url.replace(/[?].*$/, "");

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // a gateway's page; its status tells
  }
}

function dateOf(header: string | null): number | null {
  const at = header === null ? Number.NaN : Date.parse(header);
  return Number.isNaN(at) ? null : at;
}

/** Seconds; a date is rare and means little while clocks differ. */
function retryAfterOf(header: string | null): Millis | null {
  const text = header?.trim() ?? "";
  return /^\d+([.]\d+)?$/.test(text) ? millis(Number(text) * 1000) : null;
}

/** fetch says "fetch failed"; the reason is its cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : null;
  return code ?? (cause instanceof Error ? cause.message : String(cause));
}
