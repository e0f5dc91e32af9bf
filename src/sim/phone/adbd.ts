// The phone's end of the ADB transport protocol, over TCP. Says nothing of what the services do.
import { createServer, type Server, type Socket } from "node:net";
import { cut } from "./cut.ts";
import { AdbStream } from "./stream.ts";
import { ADB, ADB_VERSION, type AdbMessage, encodeMessage, MAX_PAYLOAD, MessageReader } from "./wire.ts";

/** How a computer that connects is met. `unauthorized`: its key is never accepted. */
export type Welcome = "accept" | "hang" | "close" | "unauthorized";

export type AdbdOptions = {
  /** What the phone says of itself: `device::ro.product.name=...;features=...`. */
  banner: string;
  /** Takes a service such as `shell,v2:ls` or `tcp:6790`; `null` = there is none of that name. */
  open(service: string): ((stream: AdbStream) => void) | null;
  welcome(): Welcome;
  /** Bytes came in; `true` = the connection is to be cut here. */
  isCutAfter(bytes: number): boolean;
};

/** A listening phone. Binds to 127.0.0.1 alone. */
export class Adbd {
  #options: AdbdOptions;
  #server: Server | null = null;
  #sockets = new Set<Socket>();
  #isFrozen = false;
  #port = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: AdbdOptions) {
    this.#options = options;
  }

  /** Listens; a second time on the port it had before. Resolves with the port. */
  listen(port?: number): Promise<number> {
    return this.#inTurn(async () => {
      await this.#close();
      return this.#open(port ?? this.#port);
    });
  }

  /** Off the network. */
  leave(): Promise<void> {
    return this.#inTurn(() => this.#close());
  }

  /** One after the other: what was asked for last holds. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined); // told to whoever asked for it
    return done;
  }

  /** @param port  0 = any */
  async #open(port: number): Promise<number> {
    for (;;) {
      const tried = port === 0 ? portOfOurs() : port;
      const server = createServer((socket) => this.#accept(socket));
      const code = await listening(server, tried);
      if (code === "EADDRINUSE" && port === 0) continue;
      if (code !== null) throw new Error(`the phone can't listen on port ${tried}: ${code}`);
      this.#server = server;
      this.#port = tried;
      return tried;
    }
  }

  /** Cuts every connection with a reset; the port stays open. */
  drop(): void {
    for (const socket of this.#sockets) cut(socket);
  }

  freeze(isFrozen: boolean): void {
    this.#isFrozen = isFrozen;
    for (const socket of this.#sockets) {
      setFrozen(socket, isFrozen);
    }
  }

  async #close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    this.drop();
    await closed;
  }

  #accept(socket: Socket): void {
    socket.setNoDelay(true);
    this.#sockets.add(socket);
    socket.on("error", () => {}); // a reset; `close` follows
    socket.on("close", () => this.#sockets.delete(socket));
    connection(socket, this.#options);
    if (this.#isFrozen) setFrozen(socket, true);
  }
}

/** A frozen connection neither reads nor writes; what was to be written leaves when it thaws. */
function setFrozen(socket: Socket, isFrozen: boolean): void {
  if (isFrozen) {
    socket.pause();
    socket.cork();
  } else {
    socket.uncork();
    socket.resume();
  }
}

/** Speaks the protocol on one socket until it closes. */
function connection(socket: Socket, options: AdbdOptions): void {
  const reader = new MessageReader();
  const streams = new Map<number, AdbStream>();
  let maxPayload = 4096;
  let nextId = 1;

  const send = (command: number, arg0: number, arg1: number, payload?: Buffer) => {
    if (!socket.destroyed) socket.write(encodeMessage(command, arg0, arg1, payload));
  };
  const greet = (theirMax: number) => {
    const welcome = options.welcome();
    if (welcome === "hang") return;
    if (welcome === "close") return void socket.destroy();
    if (welcome === "unauthorized") return send(ADB.AUTH, 1, 0, Buffer.alloc(20, 7));
    maxPayload = Math.min(theirMax, MAX_PAYLOAD);
    send(ADB.CNXN, ADB_VERSION, MAX_PAYLOAD, Buffer.from(options.banner));
  };
  const open = (remote: number, service: string) => {
    const start = options.open(service);
    if (start === null) return send(ADB.CLSE, 0, remote);
    const local = nextId++;
    const stream = new AdbStream({ local, remote, maxPayload }, send);
    streams.set(local, stream);
    stream.onClosed.push(() => streams.delete(local));
    send(ADB.OKAY, local, remote);
    start(stream);
  };
  const take = ({ command, arg0, arg1, payload }: AdbMessage) => {
    if (command === ADB.CNXN) greet(arg1);
    // 2 = a signature, which is answered by a new token; 3 = a public key, which waits for a person who never comes
    else if (command === ADB.AUTH && arg0 === 2) send(ADB.AUTH, 1, 0, Buffer.alloc(20, 9));
    else if (command === ADB.OPEN) open(arg0, payload.toString("utf8").replace(/\0$/, ""));
    else if (command === ADB.OKAY) streams.get(arg1)?.okay();
    else if (command === ADB.WRTE) {
      send(ADB.OKAY, arg1, arg0);
      streams.get(arg1)?.onData(payload);
    } else if (command === ADB.CLSE) streams.get(arg1)?.close(false);
  };

  socket.on("data", (chunk: Buffer) => {
    if (options.isCutAfter(chunk.length)) return cut(socket);
    for (const message of reader.push(chunk)) take(message);
  });
  socket.on("close", () => {
    for (const stream of streams.values()) stream.close(false);
  });
}

/** Below those that the kernel hands out: while a phone is off nobody gets its port by chance. */
const portOfOurs = () => 20_000 + Math.floor(Math.random() * 12_000);

/** What kept it from listening; `null` = nothing. */
function listening(server: Server, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, "127.0.0.1", () => resolve(null));
  });
}
