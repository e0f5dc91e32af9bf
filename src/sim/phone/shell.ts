// The phone's shell: runs a command line, answers over a stream (plain, or `shell_v2` with the exit code in a frame).
import { parseLine } from "./shell-line.ts";
import type { Reply, ShellSession, ShellWorld } from "./shell-world.ts";
import type { AdbStream } from "./stream.ts";

const STDOUT = 1;
const EXIT = 3;

/** @param isFramed  the computer asked for `shell,v2` */
export function serveShell(stream: AdbStream, line: string, world: ShellWorld, isFramed: boolean): void {
  const session: ShellSession = {
    write(text) {
      const bytes = Buffer.from(text);
      if (bytes.length > 0) stream.write(isFramed ? frame(STDOUT, bytes) : bytes);
    },
    exit(code) {
      if (isFramed) stream.write(frame(EXIT, Buffer.from([code])));
      stream.end();
    },
    onClosed: (then) => stream.onClosed.push(then),
  };
  if (isLasting(line)) world.stay(line, session);
  else {
    const { out, code } = runLine(line, world);
    session.write(out);
    session.exit(code);
  }
}

const LOGCAT = /^\s*(?:export [^;]*;\s*)?(?:exec\s+)?logcat\b/;
const isLasting = (line: string) => /\bam instrument\b/.test(line) || (LOGCAT.test(line) && !/\s-[cdgS]\b/.test(line));

function frame(id: number, data: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head[0] = id;
  head.writeUInt32LE(data.length, 1);
  return Buffer.concat([head, data]);
}

/** Runs a line to its end. A command that the phone does not have is answered as Android answers: 127. */
export function runLine(line: string, world: ShellWorld): Reply {
  let out = "";
  let code = 0;
  let piped = "";
  for (const { words, before } of parseLine(line)) {
    if ((before === "&&" && code !== 0) || (before === "||" && code === 0)) continue;
    if (before !== "|") {
      out += piped;
      piped = "";
    }
    const [name = "", ...args] = words.map((word) => word.replaceAll("$?", String(code)));
    if (name === "exit") return { out: out + piped, code: Number(args[0] ?? code) };
    const reply = name === "grep" && before === "|" ? grep(piped, args) : world.run(name, args);
    piped = before === "|" ? reply.out : piped + reply.out;
    code = reply.code;
  }
  return { out: out + piped, code };
}

function grep(text: string, args: string[]): Reply {
  const wanted = args.find((arg) => !arg.startsWith("-")) ?? "";
  const lines = text.split("\n").filter((line) => line !== "" && line.includes(wanted));
  return { out: lines.map((line) => `${line}\n`).join(""), code: lines.length > 0 ? 0 : 1 };
}
