// A poster's side of the protocol for any language: `reprise emit ...` and `reprise ask-publish`, one JSON line each.
// Plain JavaScript without imports of ours: it runs on Node 20 too and is done in a few ms.
import { fstatSync, readSync, writeSync } from "node:fs";

const EXIT = { ok: 0, usage: 2, noGo: 75 };
const CATEGORIES = ["account", "content", "setup", "infrastructure", "unknown"];
const USAGE = {
  emit: "reprise emit step NAME | posted [--url U] | not_posted --category C --cause X --message M [--retry-after T] [--cooldown T] | evidence PATH | verified true|false|null",
  "ask-publish":
    "reprise ask-publish [--baseline ID]   right before the tap. Exit 0: go. Exit 75: do not tap, and exit 75 yourself",
};

class UsageError extends Error {}

/**
 * Says one thing to the worker that runs this poster.
 *
 * @param args  as on the command line: `["emit", "step", "opening"]`
 * @returns the exit code: 0 said (and, for ask-publish, go), 75 do not tap, 2 bad usage
 */
export function speak(args, env) {
  const [command, ...rest] = args;
  if (rest.includes("--help") || rest.includes("-h")) {
    process.stdout.write(`${USAGE[command]}\n`);
    return EXIT.ok;
  }
  try {
    if (command === "ask-publish") return askPublish(rest, env);
    say(eventOf(rest), env);
    return EXIT.ok;
  } catch (e) {
    process.stderr.write(`usage: reprise ${command}: ${e.message} (exit ${EXIT.usage})\n`);
    if (e instanceof UsageError || e.code !== undefined) return EXIT.usage;
    throw e;
  }
}

function askPublish(args, env) {
  const { flags } = parse(args, ["baseline"], 0);
  say({ type: "publishing", baseline: flags.baseline ?? null }, env);
  const answer = readLine(descriptor(env.REPRISE_GO_FD, 4, "REPRISE_GO_FD"));
  return isGo(answer) ? EXIT.ok : EXIT.noGo;
}

function isGo(line) {
  try {
    return JSON.parse(line).type === "go";
  } catch {
    return false; // end of file, or half a line: do not post
  }
}

/** The event that the words after `emit` stand for. */
function eventOf([what, ...rest]) {
  switch (what) {
    case "step":
      return { type: "step", name: parse(rest, [], 1, "NAME").words[0] };
    case "evidence":
      return { type: "evidence", path: parse(rest, [], 1, "PATH").words[0] };
    case "posted":
      return { type: "posted", url: parse(rest, ["url"], 0).flags.url ?? null };
    case "verified":
      return {
        type: "verified",
        posted: oneOf({ true: true, false: false, null: null }, parse(rest, [], 1, "true|false|null").words[0]),
      };
    case "not_posted":
      return notPosted(parse(rest, ["category", "cause", "message", "retry-after", "cooldown"], 0).flags);
    default:
      throw new UsageError(`${what === undefined ? "says nothing" : `"${what}" is not known`}; ${USAGE.emit}`);
  }
}

function notPosted(flags) {
  for (const name of ["category", "cause", "message"]) {
    if (flags[name] === undefined) throw new UsageError(`not_posted needs --${name}`);
  }
  if (!CATEGORIES.includes(flags.category))
    throw new UsageError(`--category ${flags.category}: must be ${CATEGORIES.join(", ")}`);
  const event = { type: "not_posted", category: flags.category, cause: flags.cause, message: flags.message };
  if (flags["retry-after"] !== undefined) event.retry_after = secondsOf("--retry-after", flags["retry-after"]);
  if (flags.cooldown !== undefined) event.cooldown = secondsOf("--cooldown", flags.cooldown);
  return event;
}

/** Seconds of `90`, `30s`, `5m`, `24h`, `2d`. */
function secondsOf(flag, text) {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text);
  if (match === null) throw new UsageError(`${flag} ${text}: must be a time such as 90, 30s, 5m, 24h`);
  return Number(match[1]) * { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 }[match[2] ?? "s"];
}

function oneOf(allowed, word) {
  if (!Object.hasOwn(allowed, word)) throw new UsageError(`"${word}": must be ${Object.keys(allowed).join(", ")}`);
  return allowed[word];
}

/** Splits words from `--flag value` and `--flag=value`. After `--` all are words. */
function parse(args, known, wanted, what = "") {
  const words = [];
  const flags = {};
  for (let i = 0; i < args.length; i++) {
    if (args[i] === "--") {
      words.push(...args.slice(i + 1));
      break;
    }
    const match = /^--([a-z-]+)(?:=(.*))?$/s.exec(args[i]);
    if (match === null) words.push(args[i]);
    else {
      if (!known.includes(match[1])) throw new UsageError(`--${match[1]} is not known here`);
      const value = match[2] ?? args[++i];
      if (value === undefined) throw new UsageError(`--${match[1]} needs a value`);
      flags[match[1]] = value;
    }
  }
  if (words.length !== wanted)
    throw new UsageError(wanted === 0 ? `"${words[0]}" is too much` : `needs exactly one ${what}`);
  return { words, flags };
}

function say(event, env) {
  const fd = descriptor(env.REPRISE_EVENTS_FD, 3, "REPRISE_EVENTS_FD");
  let left = Buffer.from(`${JSON.stringify(event)}\n`);
  while (left.length > 0) left = left.subarray(retry(() => writeSync(fd, left)));
}

/** A descriptor that somebody opened for us. What Node opened for itself is none of these kinds. */
function descriptor(text, standard, variable) {
  const fd = Number(text ?? standard);
  if (!Number.isInteger(fd) || fd < 0) throw new UsageError(`${variable}=${text}: must be a file descriptor's number`);
  try {
    const stat = fstatSync(fd);
    if (stat.isFIFO() || stat.isSocket() || stat.isFile() || stat.isCharacterDevice()) return fd;
  } catch {
    // EBADF: closed; said below
  }
  throw new UsageError(`file descriptor ${fd} is not open: run it inside a poster started by reprise`);
}

/** Byte by byte: what follows the line is not ours. */
function readLine(fd) {
  const bytes = [];
  const one = Buffer.alloc(1);
  while (retry(() => readSync(fd, one, 0, 1, null)) === 1 && one[0] !== 10) bytes.push(one[0]);
  return Buffer.from(bytes).toString("utf8");
}

/** The descriptor may be a socket that another process set to non-blocking. */
function retry(call) {
  for (;;) {
    try {
      return call();
    } catch (e) {
      if (e.code !== "EAGAIN") throw e;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
