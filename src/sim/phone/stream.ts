// One stream of an ADB connection: a service that the computer opened on the phone.
import { Duplex } from "node:stream";
import { ADB, pieces } from "./wire.ts";

export type SendMessage = (command: number, arg0: number, arg1: number, payload?: Buffer) => void;
type Ids = { local: number; remote: number; maxPayload: number };

/** One message is under way at a time; the next leaves when the other side has said OKAY. */
export class AdbStream {
  /** What the other side wrote. */
  onData: (data: Buffer) => void = () => {};
  /** The stream is over, whoever ended it. */
  onClosed: (() => void)[] = [];
  #ids: Ids;
  #send: SendMessage;
  #queue: Buffer[] = [];
  #mayWrite = true;
  #isEnding = false;
  #isClosed = false;

  constructor(ids: Ids, send: SendMessage) {
    this.#ids = ids;
    this.#send = send;
  }

  write(data: Buffer): void {
    this.#queue.push(...pieces(data, this.#ids.maxPayload));
    this.#pump();
  }

  /** Closes once everything written has been taken. */
  end(): void {
    this.#isEnding = true;
    this.#pump();
  }

  okay(): void {
    this.#mayWrite = true;
    this.#pump();
  }

  /** @param tell  the other side does not know yet */
  close(tell: boolean): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (tell) this.#send(ADB.CLSE, this.#ids.local, this.#ids.remote);
    for (const closed of this.onClosed) closed();
  }

  #pump(): void {
    if (this.#isClosed || !this.#mayWrite) return;
    const next = this.#queue.shift();
    if (next !== undefined) {
      this.#mayWrite = false;
      this.#send(ADB.WRTE, this.#ids.local, this.#ids.remote, next);
    } else if (this.#isEnding) {
      this.close(true);
    }
  }
}

/** The stream as Node knows streams, such as a server's connection. */
export function asDuplex(stream: AdbStream): Duplex {
  const duplex = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      stream.write(chunk);
      done();
    },
    final(done) {
      stream.end();
      done();
    },
    destroy(error, done) {
      stream.close(true);
      done(error);
    },
  });
  duplex.on("error", () => {}); // a cut connection is no fault of the phone
  stream.onData = (data) => duplex.push(data);
  stream.onClosed.push(() => duplex.destroy());
  return duplex;
}
