// A stand-in for a platform's official API, made in the manner of the real ones; and trouble, as much as you ask for.
//
//   node api.ts --suspended cleo -- COMMAND ...     serves while the command runs, and ends with its exit code
//   node api.ts --port 4960                         serves until it is stopped
//
// POST /v1/media            the video's bytes -> 201 {id}
// GET  /v1/media/ID         {status: "processing" | "ready" | "rejected", reason}
// POST /v1/posts            {media, caption} -> 201 {id, url}; the same Idempotency-Key again: 200, the same post
// GET  /v1/posts?key=KEY    {posts: [{id, url, caption}]}
// Everything wants `Authorization: Bearer TOKEN`; the token tells whose account it is. This one takes demo-NAME.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";

/** Accounts in trouble. */
export type Trouble = {
  /** 429 with Retry-After 1, once. */
  busy?: readonly string[];
  suspended?: readonly string[];
  /** Their token is not taken any more. */
  expired?: readonly string[];
  /** Processing ends with "rejected". */
  rejected?: readonly string[];
  /** The post is made, but the connection is cut before the answer: once, or each time. */
  lost?: readonly string[];
  lostAlways?: readonly string[];
};

export type Post = {
  id: string;
  at: string;
  account: string;
  key: string;
  caption: string;
  sha256: string;
  bytes: number;
};
export type Api = { url: string; posts: readonly Post[]; requests: readonly string[]; close(): Promise<void> };

type Media = { account: string; sha256: string; bytes: number; asked: number };
class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Opens it on this machine's own address. @param port  0 = any free one; @param log  file of the posts made, or `null` */
export async function openApi(port: number, trouble: Trouble = {}, log: string | null = null): Promise<Api> {
  const platform = new Platform(trouble, log);
  const server = createServer((request, response) => {
    answer(platform, request, response).catch((error: unknown) => {
      if (!(error instanceof Refusal)) return response.destroy(); // the connection is lost
      if (error.status === 429) response.setHeader("retry-after", "1");
      return send(response, error.status, { error: { code: error.code, message: error.message } });
    });
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  platform.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { url: platform.url, posts: platform.posts, requests: platform.requests, close };
}

async function answer(platform: Platform, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://api");
  const body = await bytesOf(request);
  const account = platform.accountOf(request.headers.authorization ?? "");
  const what = `${request.method} ${pathname.split("/").slice(0, 3).join("/")}`;
  platform.requests.push(`${account} ${what}`);
  const key = String(request.headers["idempotency-key"] ?? "");
  switch (what) {
    case "POST /v1/media":
      return send(response, 201, { id: platform.upload(account, body) });
    case "GET /v1/media":
      return send(response, 200, platform.status(account, pathname.split("/")[3] ?? ""));
    case "POST /v1/posts": {
      const { post, isNew } = platform.publish(account, { key, ...(JSON.parse(body.toString()) as Asked) });
      return send(response, isNew ? 201 : 200, post);
    }
    case "GET /v1/posts":
      return send(response, 200, { posts: platform.find(account, searchParams.get("key")) });
    default:
      throw new Refusal(404, "not_found", pathname);
  }
}

type Asked = { media: string; caption: string };

/** What the platform knows, and how it is disposed. */
class Platform {
  readonly posts: Post[] = [];
  readonly requests: string[] = [];
  url = "";
  readonly #trouble: Trouble;
  readonly #log: string | null;
  readonly #media = new Map<string, Media>();
  readonly #busy: Set<string>;
  readonly #lost: Set<string>;

  constructor(trouble: Trouble, log: string | null) {
    this.#trouble = trouble;
    this.#log = log;
    this.#busy = new Set(trouble.busy);
    this.#lost = new Set(trouble.lost);
  }

  accountOf(authorization: string): string {
    const account = /^Bearer demo-(\w+)$/.exec(authorization)?.[1];
    if (account === undefined || this.#trouble.expired?.includes(account) === true)
      throw new Refusal(401, "token_expired", "the access token has expired");
    if (this.#trouble.suspended?.includes(account) === true)
      throw new Refusal(403, "account_suspended", "this account is suspended for breaking our rules");
    if (this.#busy.delete(account)) throw new Refusal(429, "rate_limited", "too many requests");
    return account;
  }

  upload(account: string, body: Buffer): string {
    if (body.length === 0) throw new Refusal(400, "empty", "there is no video in the request");
    const id = `m${this.#media.size + 1}`;
    const sha256 = createHash("sha256").update(body).digest("hex");
    this.#media.set(id, { account, sha256, bytes: body.length, asked: 0 });
    return id;
  }

  status(account: string, id: string): { status: string; reason: string } {
    const found = this.#mediaOf(account, id);
    if (found.asked++ === 0) return { status: "processing", reason: "" };
    if (this.#trouble.rejected?.includes(account) !== true) return { status: "ready", reason: "" };
    return { status: "rejected", reason: "the video shows a trademark" };
  }

  publish(account: string, { key, media, caption }: Asked & { key: string }) {
    const before = this.posts.find((p) => p.account === account && p.key === key);
    const post = before ?? this.#make(account, { key, caption, ...this.#mediaOf(account, media) });
    if (this.#lost.delete(account) || this.#trouble.lostAlways?.includes(account) === true) throw new Error("lost");
    return { post: this.#shown(post), isNew: before === undefined };
  }

  find(account: string, key: string | null) {
    const found = this.posts.filter((p) => p.account === account && (key === null || p.key === key));
    return found.map((p) => this.#shown(p));
  }

  #make(account: string, { key, caption, sha256, bytes }: Pick<Post, "key" | "caption" | "sha256" | "bytes">): Post {
    const at = new Date().toISOString();
    const post = { id: `p${this.posts.length + 1}`, at, account, key, caption, sha256, bytes };
    this.posts.push(post);
    if (this.#log !== null) appendFileSync(this.#log, `${JSON.stringify(post)}\n`);
    return post;
  }

  #mediaOf(account: string, id: string): Media {
    const found = this.#media.get(id);
    if (found?.account !== account) throw new Refusal(404, "not_found", `no media ${id}`);
    return found;
  }

  #shown = ({ id, account, caption }: Post) => ({ id, caption, url: `${this.url}/${account}/${id}` });
}

function send(response: ServerResponse, status: number, body: object): void {
  response.statusCode = status;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(body));
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

if (import.meta.main) {
  const string = { type: "string" } as const;
  const options = { port: string, busy: string, suspended: string, expired: string, rejected: string, lost: string };
  const { values, positionals } = parseArgs({
    options: { ...options, "lost-always": string },
    allowPositionals: true,
  });
  const list = (names: string | undefined) => names?.split(",") ?? [];
  const trouble = {
    busy: list(values.busy),
    suspended: list(values.suspended),
    expired: list(values.expired),
    rejected: list(values.rejected),
    lost: list(values.lost),
    lostAlways: list(values["lost-always"]),
  };
  const [command, ...args] = positionals;
  const standard = command === undefined ? "4960" : "0";
  const api = await openApi(Number(values.port ?? standard), trouble, "api-posts.jsonl");
  if (command === undefined) console.log(`the API is at ${api.url}; OFFICIAL_API_URL=${api.url}`);
  else {
    const child = spawn(command, args, { stdio: "inherit", env: { ...process.env, OFFICIAL_API_URL: api.url } });
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
    child.once("error", (e) => console.error(`${command}: ${e.message}`));
    child.once("close", async (code) => {
      await api.close();
      process.exitCode = code ?? 1;
    });
  }
}
