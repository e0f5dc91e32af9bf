// Messages of the ADB transport protocol: a header of 24 bytes, then the payload.

/** Commands as little-endian words. Source: Android's `packages/modules/adb/protocol.txt`. */
export const ADB = {
  CNXN: 0x4e584e43,
  AUTH: 0x48545541,
  OPEN: 0x4e45504f,
  OKAY: 0x59414b4f,
  WRTE: 0x45545257,
  CLSE: 0x45534c43,
} as const;

/** From this version on neither side looks at the checksum. */
export const ADB_VERSION = 0x01000001;
export const MAX_PAYLOAD = 256 * 1024;
const HEADER = 24;

export type AdbMessage = { command: number; arg0: number; arg1: number; payload: Buffer };

const NOTHING = Buffer.alloc(0);

export function encodeMessage(command: number, arg0: number, arg1: number, payload: Buffer = NOTHING): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt32LE(command, 0);
  header.writeUInt32LE(arg0, 4);
  header.writeUInt32LE(arg1, 8);
  header.writeUInt32LE(payload.length, 12);
  header.writeUInt32LE((command ^ 0xffffffff) >>> 0, 20);
  return payload.length === 0 ? header : Buffer.concat([header, payload]);
}

/** Cuts a byte stream into messages, however it was chopped on the way. */
export class MessageReader {
  #rest: Buffer = NOTHING;

  push(chunk: Buffer): AdbMessage[] {
    let rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const messages: AdbMessage[] = [];
    while (rest.length >= HEADER) {
      const end = HEADER + rest.readUInt32LE(12);
      if (rest.length < end) break;
      messages.push({
        command: rest.readUInt32LE(0),
        arg0: rest.readUInt32LE(4),
        arg1: rest.readUInt32LE(8),
        payload: Buffer.from(rest.subarray(HEADER, end)),
      });
      rest = rest.subarray(end);
    }
    this.#rest = rest;
    return messages;
  }
}

/** Cuts bytes into pieces that fit one message. */
export function pieces(data: Buffer, size: number): Buffer[] {
  const list: Buffer[] = [];
  for (let at = 0; at < data.length; at += size) list.push(data.subarray(at, at + size));
  return list;
}
