// An Appium for posters that speak to it themselves: a port of ours that starts the server with the first call and leads to it.
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { AppiumAddress } from "../appium.ts";
import { AppiumSlot, type AppiumSlotOptions } from "./appium-slot.ts";
import type { AppiumServer } from "./server.ts";

/** Sessions that are not deleted in this time, all together, are ended with their server. */
const DELETE_MS = 2_000;

export type LocalAddressOptions = AppiumSlotOptions & { log(line: string): void };

/** Listens; nothing else starts before somebody calls. */
export async function openAppiumAddress(options: LocalAddressOptions): Promise<AppiumAddress> {
  const door = createServer();
  door.listen(0, "127.0.0.1");
  await once(door, "listening");
  door.unref();
  return new LocalAddress(door, options);
}

/** What one attempt's calls lead to. */
type Behind = { server: Promise<AppiumServer>; over: AbortController; isStarting: boolean };

class LocalAddress implements AppiumAddress {
  readonly url: string;
  readonly #door: Server;
  readonly #slot: AppiumSlot;
  readonly #log: (line: string) => void;
  readonly #closing = new AbortController();
  readonly #callers = new Set<Socket>();
  /** `null`: this attempt has not called yet. Never another one within an attempt. */
  #behind: Behind | null = null;
  /** The end of what earlier attempts left: until then no server is looked for. Never rejects. */
  #tidied = Promise.resolve();
  /** A caller went before it was answered: Appium may still be opening a session for it. */
  #isLost = false;

  constructor(door: Server, options: LocalAddressOptions) {
    this.#door = door;
    this.#slot = new AppiumSlot(options);
    this.#log = options.log;
    const address = door.address();
    const port = address !== null && typeof address === "object" ? address.port : 0;
    this.url = `http://127.0.0.1:${port}${this.#slot.path}`;
    door.on("connection", (caller) => this.#lead(caller));
  }

  tidy(): Promise<void> {
    const behind = this.#behind;
    this.#behind = null;
    const gone = [...this.#callers].map((caller) => new Promise((resolve) => caller.once("close", resolve)));
    for (const caller of this.#callers) caller.destroy();
    this.#tidied = Promise.all(gone)
      .then(() => this.#endAttempt(behind))
      .catch((e: unknown) => this.#log(`Appium could not be tidied up: ${String(e)}`));
    return this.#tidied;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#door.close();
    for (const caller of this.#callers) caller.destroy();
    await this.#slot.close();
  }

  kill(): void {
    this.#behind?.over.abort();
    this.#slot.kill();
  }

  async #endAttempt(behind: Behind | null): Promise<void> {
    const isLost = this.#isLost;
    this.#isLost = false;
    if (behind?.isStarting === true) {
      behind.over.abort(); // nobody waits for it any more, and a start may take a minute
      this.#slot.kill();
    }
    const server = await behind?.server.catch(() => null); // whoever called was told
    if (server != null && (isLost || !(await endSessions(server.url)))) this.#slot.kill();
  }

  #begin(): Behind {
    const over = new AbortController();
    const signal = AbortSignal.any([this.#closing.signal, over.signal]);
    const asked = { driver: null, tellsSessions: true, signal, log: this.#log };
    const behind = { server: this.#tidied.then(() => this.#slot.well(asked)), over, isStarting: true };
    const settled = () => {
      behind.isStarting = false;
    };
    behind.server.then(settled, settled);
    return behind;
  }

  #lead(caller: Socket): void {
    let isWaiting = false;
    this.#callers.add(caller);
    caller.on("error", () => {}); // `close` follows
    caller.on("close", () => {
      this.#callers.delete(caller);
      if (isWaiting) this.#isLost = true;
    });
    caller.on("data", () => {
      isWaiting = true;
    });
    caller.pause();
    this.#behind ??= this.#begin();
    this.#behind.server.then(
      ({ url }) => join(caller, Number(new URL(url).port)).on("data", () => (isWaiting = false)),
      (e: unknown) => refuse(caller, e),
    );
  }
}

function join(caller: Socket, port: number): Socket {
  const server = connect(port, "127.0.0.1");
  server.on("error", () => {}); // `close` follows
  server.on("close", () => caller.destroy());
  caller.on("close", () => server.destroy());
  caller.pipe(server).pipe(caller);
  return server;
}

/** As Appium itself refuses a session, so that any client can tell why. */
function refuse(caller: Socket, e: unknown): void {
  const message = e instanceof Error ? e.message : String(e);
  const body = JSON.stringify({ value: { error: "session not created", message, stacktrace: "" } });
  const head = `HTTP/1.1 500 Internal Server Error\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}`;
  caller.once("data", () => caller.end(`${head}\r\nconnection: close\r\n\r\n${body}`));
  caller.resume();
}

/** @returns whether none is left */
async function endSessions(url: string): Promise<boolean> {
  const signal = AbortSignal.timeout(DELETE_MS);
  try {
    const answer = await fetch(`${url}/appium/sessions`, { signal });
    const { value } = (await answer.json()) as { value?: unknown };
    if (!Array.isArray(value)) return false;
    const ends = value.map(async ({ id }: { id: string }) => {
      const ended = await fetch(`${url}/session/${id}`, { method: "DELETE", signal });
      await ended.body?.cancel();
      return ended.ok || ended.status === 404;
    });
    return (await Promise.all(ends)).every(Boolean);
  } catch {
    return false; // it does not answer any more
  }
}
