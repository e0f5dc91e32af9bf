// The file service of a phone: `adb push`, `adb pull` and the looks at files that come before them.
import type { FileStat, PhoneFiles } from "./files.ts";
import type { AdbStream } from "./stream.ts";
import { pieces } from "./wire.ts";

const CHUNK = 64 * 1024;
const ENOENT = 2;

export function serveSync(stream: AdbStream, files: PhoneFiles): void {
  let rest: Buffer = Buffer.alloc(0);
  let incoming: { path: string; mode: number; parts: Buffer[] } | null = null;

  const finish = (modifiedAt: number) => {
    if (incoming === null) return;
    const { path, mode, parts } = incoming;
    incoming = null;
    const refusal = files.put(path, { data: Buffer.concat(parts), mode, modifiedAt });
    stream.write(refusal === null ? words("OKAY", 0) : failure(refusal));
  };
  const request = (id: string, body: Buffer) => {
    if (id === "DATA") incoming?.parts.push(body);
    else if (id === "SEND") incoming = sendTarget(body.toString("utf8"));
    else if (id === "STAT") stream.write(shortStat(files.stat(body.toString("utf8"))));
    else if (id === "STA2" || id === "LST2") stream.write(longStat(id, files.stat(body.toString("utf8"))));
    else if (id === "RECV") stream.write(contents(files, body.toString("utf8")));
    else if (id === "LIST") stream.write(words("DONE", 0, 0, 0, 0));
    else if (id === "QUIT") stream.end();
  };

  stream.onData = (data) => {
    rest = rest.length === 0 ? data : Buffer.concat([rest, data]);
    while (rest.length >= 8) {
      const id = rest.toString("latin1", 0, 4);
      const number = rest.readUInt32LE(4); // a length, but for DONE: there it is the file's time
      const end = id === "DONE" ? 8 : 8 + number;
      if (rest.length < end) return;
      const body = Buffer.from(rest.subarray(8, end));
      rest = rest.subarray(end);
      if (id === "DONE") finish(number);
      else request(id, body);
    }
  };
}

/** `path,mode`; the path may hold commas. */
function sendTarget(text: string) {
  const comma = text.lastIndexOf(",");
  return { path: text.slice(0, comma), mode: Number(text.slice(comma + 1)), parts: [] as Buffer[] };
}

function contents(files: PhoneFiles, path: string): Buffer {
  const file = files.get(path);
  if (file === null) return failure("open failed: No such file or directory");
  const data = pieces(file.data, CHUNK).flatMap((piece) => [words("DATA", piece.length), piece]);
  return Buffer.concat([...data, words("DONE", 0)]);
}

const shortStat = (stat: FileStat | null) => words("STAT", stat?.mode ?? 0, stat?.size ?? 0, stat?.modifiedAt ?? 0);

/** id, error, dev, ino, mode, nlink, uid, gid, size, three times. */
function longStat(id: string, stat: FileStat | null): Buffer {
  const reply = Buffer.alloc(72);
  reply.write(id, 0, "latin1");
  if (stat === null) {
    reply.writeUInt32LE(ENOENT, 4);
    return reply;
  }
  reply.writeUInt32LE(stat.mode, 24);
  reply.writeUInt32LE(1, 28);
  reply.writeBigUInt64LE(BigInt(stat.size), 40);
  reply.writeBigInt64LE(BigInt(stat.modifiedAt), 56);
  return reply;
}

function failure(why: string): Buffer {
  const text = Buffer.from(why);
  return Buffer.concat([words("FAIL", text.length), text]);
}

function words(id: string, ...numbers: number[]): Buffer {
  const reply = Buffer.alloc(4 + 4 * numbers.length);
  reply.write(id, 0, "latin1");
  numbers.forEach((n, i) => void reply.writeUInt32LE(n >>> 0, 4 + 4 * i));
  return reply;
}
