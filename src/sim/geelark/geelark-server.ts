// A stand-in for GeeLark's API: documented contract, faults on command, a clock from outside, a log that is the witness.
// It knows nothing of how reprise asks; a difference between both is a bug of one of them.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type Answered, type Asked, answer, WORDS } from "./calls.ts";
import { appendEntry, type LogEntry } from "./log.ts";
import { type StandInPhone, StandInPhones } from "./phones.ts";
import { checkSender, RequestCounts, type Secrets } from "./requests.ts";

export type GeelarkServerOptions = Partial<Secrets> & {
  /** ms since the epoch. */
  now?: () => number;
  startMs?: number;
  adbMs?: number;
  /** File of its log; `null` = it is kept in memory alone. */
  log?: string | null;
  port?: number;
};

/** What goes wrong with the whole account; changed at will. */
export type ServerFaults = {
  /** No answer before then. `how`: connections cut, or a gateway's 503. */
  outage: { until: number; how: "cut" | "503" } | null;
  /** So many requests are answered with this code, or HTTP 429; `retryAfterS`: a header that says for how long. */
  storm: { left: number; code: number | "429"; retryAfterS: number | null } | null;
  /** Money of the account. */
  balance: number;
  /** Its clock goes so much ahead of `now`, ms. */
  skewMs: number;
};

export class GeelarkServer {
  readonly phones: StandInPhones;
  readonly faults: ServerFaults = { outage: null, storm: null, balance: 100, skewMs: 0 };
  readonly log: LogEntry[] = [];
  readonly secrets: Secrets;
  readonly #options: GeelarkServerOptions;
  readonly #counts = new RequestCounts();
  readonly #server: Server;
  #passwords = 0;

  constructor(options: GeelarkServerOptions = {}) {
    const { token = "stand-in-token", appId = "stand-in-app", apiKey = "stand-in-key", startMs, adbMs } = options;
    this.#options = options;
    this.secrets = { token, appId, apiKey };
    this.phones = new StandInPhones({
      now: () => this.now(),
      startMs: startMs ?? 20_000,
      adbMs: adbMs ?? 3000,
      password: () => `p${(++this.#passwords).toString(16).padStart(5, "0")}`,
      log: (entry) => this.#note({ t: this.now(), ...entry }),
    });
    this.#server = createServer((request, response) => void this.#take(request, response));
  }

  now(): number {
    return (this.#options.now ?? Date.now)() + this.faults.skewMs;
  }

  /** Resolves with its address. 127.0.0.1 alone. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(this.#options.port ?? 0, "127.0.0.1", resolve));
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the stand-in's port has no number");
    return `http://127.0.0.1:${address.port}`;
  }

  /** @param number  makes id and name unless they are given */
  addPhone(number: number, phone: Partial<StandInPhone> = {}): StandInPhone {
    const plain = { name: `phone-${number}`, group: "fleet", tags: [], faults: {}, body: null };
    const made = { id: String(526_000_000_000_000_000n + BigInt(number)), ...plain, ...phone };
    this.phones.add(made);
    return made;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await Promise.all(this.phones.all().map(({ body }) => body?.off()));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "";
    const { outage, storm } = this.faults;
    if (outage !== null && outage.until > this.now()) {
      this.#noteRequest(path, [], outage.how);
      if (outage.how === "cut") return void request.socket.destroy();
      return send(response, 503, "<html>service unavailable</html>");
    }
    const asked = await bodyOf(request);
    if (storm !== null && storm.left-- > 0) {
      this.#noteRequest(path, asked?.ids, storm.code);
      if (storm.retryAfterS !== null) response.setHeader("retry-after", String(storm.retryAfterS));
      if (storm.code === "429") return send(response, 429, "too many requests");
      return this.#reply(request, response, { code: storm.code });
    }
    const made = await this.#answer(path, request, asked);
    this.#noteRequest(path, asked?.ids, made === null ? "404" : made.code);
    if (made === null) return send(response, 404, "not found");
    this.#reply(request, response, made);
  }

  async #answer(path: string, request: IncomingMessage, asked: Asked | null): Promise<Answered | null> {
    const sender = checkSender(request.headers, this.secrets, this.now());
    if (sender !== 0) return { code: sender };
    const limit = this.#counts.count(path, this.now());
    if (limit !== 0) return { code: limit };
    if (asked === null) return { code: 40001 };
    return answer(path, asked, { phones: this.phones, balance: this.faults.balance });
  }

  #reply(request: IncomingMessage, response: ServerResponse, { code, data }: Answered): void {
    const msg = code === 0 ? "success" : (WORDS[code] ?? "failed");
    response.setHeader("content-type", "application/json");
    response.setHeader("date", new Date(this.now()).toUTCString());
    send(response, 200, JSON.stringify({ traceId: String(request.headers.traceid ?? ""), code, msg, data }));
  }

  #noteRequest(path: string, ids: unknown, code: number | string): void {
    this.#note({ t: this.now(), at: "request", path, phones: Array.isArray(ids) ? ids.length : 0, code });
  }

  #note(entry: LogEntry): void {
    this.log.push(entry);
    appendEntry(this.#options.log ?? null, entry);
  }
}

function send(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.end(text);
}

async function bodyOf(request: IncomingMessage): Promise<Asked | null> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8") || "{}");
    return typeof body === "object" && body !== null ? (body as Asked) : null;
  } catch {
    return null; // no JSON, or cut off
  }
}
