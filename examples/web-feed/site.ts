// A small site to post to: an upload form, a feed, a profile page for each account; and trouble, as much as you ask for.
//
//   node site.ts --port 4950 --suspended dora --logged-out fay --slow ben --cut cleo --cut-after emil
//
// Posts lie in memory and, one a line, in the log (--log FILE): the witness of what was really posted.
import { createHash } from "node:crypto";
import { appendFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";

/** After so long without a try a cut connection is mended. */
const QUIET_MS = 2000;

/** Accounts in trouble. */
export type Trouble = {
  /** Their form shows that they are suspended. */
  suspended?: readonly string[];
  /** Their form is the log-in page. */
  loggedOut?: readonly string[];
  /** Their upload takes 2 s. */
  slow?: readonly string[];
  /** The connection is cut when their form is opened, until they leave it alone for two seconds. */
  cut?: readonly string[];
  /** The post is made, but the connection is cut before the answer, for one tap. */
  cutAfter?: readonly string[];
};

export type Post = {
  id: number;
  at: string;
  account: string;
  caption: string;
  file: string;
  bytes: number;
  sha256: string;
};

/** What the form sends with the video; `key` names the tap. */
type Sent = { key: string; caption: string; file: string };

export type Site = { url: string; posts: readonly Post[]; close(): Promise<void> };

/** Opens the site on this machine's own address. @param port  0 = any free one */
export async function openSite(port: number, trouble: Trouble = {}, log: string | null = null): Promise<Site> {
  const posts: Post[] = [];
  const media = new Map<number, Buffer>();
  const cutAfter = new Set(trouble.cutAfter);
  // A browser sends a request anew, a POST too, when a connection that it had opened beforehand is cut: one tap, one post.
  const taps = new Map<string, { id: number; isCut: boolean }>();
  const lastCut = new Map<string, number>();
  const isCut = (account: string) => {
    if (trouble.cut?.includes(account) !== true) return false;
    // the browser's own second try is cut too, however late a busy machine lets it come
    const last = lastCut.get(account);
    if (last !== undefined && Date.now() - last > QUIET_MS) return false;
    lastCut.set(account, Date.now());
    return true;
  };
  const server = createServer((request, response) => {
    response.setHeader("connection", "close");
    answer(request, response).catch(() => response.destroy());
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://site");
    const account = searchParams.get("account") ?? "";
    const [, first = "", second = ""] = pathname.split("/").map(decodeURIComponent);
    if (request.method === "POST" && first === "upload") await upload(request, response, account);
    else if (first === "new") form(response, account);
    else if (first === "u") show(response, second, feed(posts.filter((p) => p.account === second)));
    else if (first === "media") response.setHeader("content-type", "video/mp4").end(media.get(Number(second)));
    else show(response, "Feed", feed(posts));
  }

  function form(response: ServerResponse, account: string): void {
    if (isCut(account)) response.socket?.resetAndDestroy();
    else if (trouble.suspended?.includes(account)) show(response, "Account suspended", SUSPENDED);
    else if (trouble.loggedOut?.includes(account)) show(response, "Log in", LOG_IN);
    else show(response, `New post of ${account}`, FORM);
  }

  async function upload(request: IncomingMessage, response: ServerResponse, account: string): Promise<void> {
    const body = await bytesOf(request);
    if (trouble.slow?.includes(account)) await new Promise((resolve) => setTimeout(resolve, 2_000));
    if (body.subarray(4, 8).toString("latin1") !== "ftyp") {
      response.end(JSON.stringify({ ok: false, message: "This video could not be decoded. Choose another one." }));
      return;
    }
    const { key, ...sent } = JSON.parse(decodeURIComponent(String(request.headers["x-post"]))) as Sent;
    const tap = taps.get(key) ?? { id: make({ account, ...sent }, body), isCut: cutAfter.delete(account) };
    taps.set(key, tap);
    if (tap.isCut) response.socket?.resetAndDestroy();
    else response.end(JSON.stringify({ ok: true, id: tap.id, message: "Your post is live" }));
  }

  function make(of: Pick<Post, "account" | "caption" | "file">, body: Buffer): number {
    const id = posts.length + 1;
    const sha256 = createHash("sha256").update(body).digest("hex");
    const post = { id, at: new Date().toISOString(), ...of, bytes: body.length, sha256 };
    posts.push(post);
    media.set(id, body);
    if (log !== null) appendFileSync(log, `${JSON.stringify(post)}\n`);
    return id;
  }

  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, posts, close: () => close(server) };
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const STYLE = `body{font:16px system-ui;margin:2rem auto;max-width:36rem;color:#222}h1{font-size:1.3rem}
article,form{border:1px solid #ccc;border-radius:8px;padding:1rem;margin:1rem 0}video{width:100%;background:#eee;height:6rem}
textarea{width:100%;height:5rem;margin:1rem 0;font:inherit}button{font:inherit;padding:.5rem 2rem}
[data-state=done]{color:#060}[data-state=error]{color:#a00}`;

const SUSPENDED = `<p id=notice data-kind=suspended>Your account has been suspended for violating our community guidelines.</p>`;
const LOG_IN = `<p id=notice data-kind=login>Log in to continue.</p><form><input placeholder=Name><input type=password></form>`;
const FORM = `<form id=form><input type=file id=media accept="video/*"><textarea id=caption></textarea>
<button id=share type=button>Share</button> <span id=outcome data-state=idle></span></form>
<script>
const say = (state, text, id) => { outcome.textContent = text; outcome.dataset.id = id ?? ""; outcome.dataset.state = state };
share.onclick = async () => {
  say("busy", "Sharing...");
  const file = media.files[0];
  if (!file) return say("error", "Choose a video first");
  const post = encodeURIComponent(JSON.stringify({ key: crypto.randomUUID(), caption: caption.value, file: file.name }));
  try {
    const answer = await (await fetch("/upload" + location.search, { method: "POST", body: file, headers: { "x-post": post } })).json();
    say(answer.ok ? "done" : "error", answer.message, answer.id);
  } catch (e) { say("lost", "No connection. We keep trying to share your post.") }
};
</script>`;

const feed = (posts: readonly Post[]) =>
  posts.length === 0 ? "<p>No posts yet.</p>" : posts.toReversed().map(article).join("");

const article = (p: Post) =>
  `<article data-id=${p.id} data-file="${escaped(p.file)}"><b>${escaped(p.account)}</b> <small>${p.at}</small>
<video src="/media/${p.id}" muted></video><p class=caption>${escaped(p.caption)}</p></article>`;

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

function show(response: ServerResponse, title: string, body: string): void {
  const head = `<!doctype html><meta charset=utf-8><title>${escaped(title)}</title><style>${STYLE}</style>`;
  response.setHeader("content-type", "text/html; charset=utf-8");
  response.end(`${head}<h1>${escaped(title)}</h1>${body}`);
}

if (import.meta.main) {
  const string = { type: "string" } as const;
  const options = { port: string, log: string, suspended: string, "logged-out": string, slow: string, cut: string };
  const { values } = parseArgs({ options: { ...options, "cut-after": string } });
  const list = (names: string | undefined) => names?.split(",") ?? [];
  const trouble = {
    suspended: list(values.suspended),
    loggedOut: list(values["logged-out"]),
    slow: list(values.slow),
    cut: list(values.cut),
    cutAfter: list(values["cut-after"]),
  };
  const port = values.port ?? new URL(process.env.WEB_FEED_URL ?? "http://127.0.0.1:4950").port; // where the poster looks
  const site = await openSite(Number(port), trouble, values.log ?? "site-posts.jsonl");
  console.log(`the feed is at ${site.url}/, the form at ${site.url}/new?account=ana`);
}
