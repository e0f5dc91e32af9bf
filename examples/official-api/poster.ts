// Posts a video through a platform's official HTTP API: upload, wait until it is processed, publish, look.
//
// The API is the stand-in of api.ts, made in the manner of the real ones. For yours, change the paths and the words; what each
// answer means for a job stays: that is the table in `refusal`.
import { openAsBlob } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import {
  AccountFailure,
  ContentFailure,
  definePoster,
  InfrastructureFailure,
  type LookContext,
  SetupFailure,
} from "reprise";

const API = process.env.OFFICIAL_API_URL ?? "http://127.0.0.1:4960";
/** One access token (OAuth 2) for each account: `{"ana":"..."}`. From the environment, so that no file holds it. */
const TOKENS = process.env.OFFICIAL_API_TOKENS ?? "{}";
/** Longest time for one request. */
const REQUEST_MS = 30_000;
/** How long the platform may process a video, and how often it is asked. */
const PROCESSING_MS = 120_000;
const ASK_EVERY_MS = 500;
/** How often the request that publishes may be sent. One key makes one post, so a lost answer may be asked for again. */
const TRIES = 3;

type Context = Pick<LookContext, "job" | "signal">;
type Answer = { id: string; status: string; reason: string; url: string; posts: { url: string }[] };
type Request = { method: "GET" | "POST"; path: string; body?: Blob | string; isJson?: boolean };

export default definePoster({
  name: "official-api",
  platform: "clips",

  async check() {
    tokens(); // said once, before the first job
  },

  async post(ctx) {
    ctx.step("upload");
    const { id: media } = await ask(ctx, {
      method: "POST",
      path: "/v1/media",
      body: await openAsBlob(ctx.job.media), // read as it is sent: a long video need not fit into memory
    });

    ctx.step("processing");
    await processed(ctx, media);

    const body = JSON.stringify({ media, caption: ctx.job.caption });
    const publish: Request = { method: "POST", path: "/v1/posts", body, isJson: true };
    const { url } = await ctx.publish(() => askUntilAnswered(ctx, publish));
    ctx.posted({ url });
  },

  async verify(ctx) {
    const path = `/v1/posts?key=${encodeURIComponent(ctx.job.id)}`;
    const { posts } = await ask(ctx, { method: "GET", path });
    return { posted: posts.length > 0 };
  },
});

async function processed(ctx: Context, media: string): Promise<void> {
  const deadline = Date.now() + PROCESSING_MS;
  for (;;) {
    const { status, reason } = await ask(ctx, { method: "GET", path: `/v1/media/${media}` });
    if (status === "ready") return;
    if (status === "rejected") throw new ContentFailure("rejected", reason);
    if (Date.now() > deadline) throw new InfrastructureFailure("processing_slow", `the video is still ${status}`);
    await pause(ASK_EVERY_MS, undefined, { signal: ctx.signal });
  }
}

/** After the last try the error goes out, and the job is unconfirmed: the post may have been made. `verify` will tell. */
async function askUntilAnswered(ctx: Context, request: Request): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask(ctx, request);
    } catch (error) {
      const mayHelp = error instanceof InfrastructureFailure;
      if (!mayHelp || tries === TRIES || ctx.signal.aborted) throw error;
    }
  }
}

/** One request. Its key is the job's id: of any number of requests with one key, the API carries out one. */
async function ask(ctx: Context, { method, path, body, isJson = false }: Request): Promise<Answer> {
  const { account, id } = ctx.job;
  const token = tokens()[account];
  if (token === undefined) throw new AccountFailure("logged_out", `OFFICIAL_API_TOKENS holds no token of ${account}`);
  const headers = {
    authorization: `Bearer ${token}`,
    ...(method === "POST" ? { "idempotency-key": id } : {}),
    ...(isJson ? { "content-type": "application/json" } : {}),
  };
  const signal = AbortSignal.any([ctx.signal, AbortSignal.timeout(REQUEST_MS)]);
  let response: Response;
  let answer: Partial<Answer> & { error?: { code?: string; message?: string } };
  try {
    response = await fetch(`${API}${path}`, { method, headers, signal, ...(body === undefined ? {} : { body }) });
    answer = (await response.json()) as typeof answer;
  } catch (error) {
    if (ctx.signal.aborted) throw error; // a stop is nobody's failure
    throw new InfrastructureFailure("network", `${method} ${path}: ${reasonOf(error)}`);
  }
  if (response.ok) return answer as Answer;
  const { code = "", message = "" } = answer.error ?? {};
  throw refusal({ status: response.status, code, retryAfter: response.headers.get("retry-after") }, message);
}

/** What an answer means: whose fault it is, and whether trying again can help. */
function refusal(
  { status, code, retryAfter }: { status: number; code: string; retryAfter: string | null },
  text: string,
) {
  const message = `the API answered ${status} ${code}: ${text}`;
  if (status === 401) return new AccountFailure("logged_out", message); // a person has to log in again
  if (status === 403) return new AccountFailure(code === "account_suspended" ? "suspended" : "not_permitted", message);
  if (status === 429)
    return new InfrastructureFailure("rate_limited", message, { retryAfter: Number(retryAfter ?? 60) });
  if (status >= 500) return new InfrastructureFailure("server_error", message);
  if (status === 404 || status === 405) return new SetupFailure("wrong_endpoint", message);
  return new ContentFailure("rejected", message);
}

function tokens(): Record<string, string> {
  let read: unknown;
  try {
    read = JSON.parse(TOKENS);
  } catch {
    read = null; // never shown: it may hold half a token
  }
  if (typeof read === "object" && read !== null && Object.keys(read).length > 0) return read as Record<string, string>;
  throw new SetupFailure("no_token", `set OFFICIAL_API_TOKENS to JSON such as {"ana":"TOKEN"}`);
}

/** Of what `fetch` throws the cause says more: `ECONNREFUSED`. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message} (${(cause as NodeJS.ErrnoException).code ?? cause.message})` : message;
}
