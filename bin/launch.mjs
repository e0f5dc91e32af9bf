// The launcher: plain JavaScript that any Node from 18 on can read. It answers what needs no Node 24 (--version, a poster's
// words), else runs the program in this process, or in the Node 24 that lies beside it.
import { spawn } from "node:child_process";
import { existsSync, fstatSync, readFileSync } from "node:fs";
import nodeModule from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const NEEDED_NODE = 24;
const EXIT_SETUP = 78; // sysexits: configuration error
const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const args = process.argv.slice(2);

/**
 * Runs the command line of this process.
 *
 * @param self  URL of the bin that was started; an older Node starts it again in the Node 24 beside it
 * @param entry  what to run, a file of src/cli without its ending
 */
export async function launch(self, entry) {
  if (args[0] === "--version" || args[0] === "-V") printVersion();
  else if (entry === "main" && (args[0] === "emit" || args[0] === "ask-publish")) await speakForPoster();
  else if (isRefusedPlatform()) {
    refuse(
      `unsupported_platform: ${process.platform} is not tested; use Linux or WSL2, or insist with --unsupported-platform`,
    );
  } else if (Number(process.versions.node.split(".")[0]) >= NEEDED_NODE) await runHere(entry);
  else runInLocalNode(self);
}

function printVersion() {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  process.stdout.write(`${version}\n`);
}

async function speakForPoster() {
  const { speak } = await import("./poster-side.mjs");
  process.exitCode = speak(args, process.env);
}

function isRefusedPlatform() {
  return process.platform !== "linux" && !args.includes("--unsupported-platform");
}

async function runHere(entry) {
  nodeModule.enableCompileCache?.();
  const source = join(root, "src", "cli", `${entry}.ts`);
  // Node strips no types below node_modules; a checkout's source is newer than what was once built from it.
  const isCheckout = existsSync(source) && !/[\\/]node_modules[\\/]/.test(root);
  const file = isCheckout ? source : join(root, "dist", "cli", `${entry}.js`);
  const { main } = await import(pathToFileURL(file).href);
  await main(args);
}

/** Starts the Node that the platform package brought, hands everything through, and ends as it ends. */
function runInLocalNode(self) {
  const node = localNode();
  if (node === null) {
    return refuse(
      `node_too_old: reprise needs Node ${NEEDED_NODE} or newer, this is ${process.version}; run npm ci here, or install Node ${NEEDED_NODE}`,
    );
  }
  const child = spawn(node, [fileURLToPath(self), ...args], { stdio: handedThrough() });
  // The terminal gives Ctrl+C to the whole foreground group: the child has it already. A signal that was sent to this process
  // alone is handed on. Two SIGHUP are one stop. A SIGTERM that a whole group got (`timeout`, systemd) must not count twice, so it
  // is handed on under another name (src/cli/stop-source.ts).
  process.on("SIGINT", () => isInForeground() || child.kill("SIGINT"));
  process.on("SIGHUP", () => child.kill("SIGHUP"));
  process.on("SIGTERM", () => child.kill("SIGUSR2"));
  child.on("error", (e) => refuse(`node_not_started: could not start ${node}: ${e.message}`));
  child.on("exit", (code, endedBy) => {
    const signal = endedBy === "SIGUSR2" ? "SIGTERM" : endedBy;
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    setTimeout(() => process.exit(128 + (constants.signals[signal] ?? 0)), 100); // a signal this process survived
  });
}

/** Whether this process group is the one its terminal gives Ctrl+C to (/proc/self/stat: pgrp, tty, tpgid). */
function isInForeground() {
  try {
    const stat = readFileSync("/proc/self/stat", "utf8");
    const [, , pgrp, , tty, tpgid] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return tty !== "0" && pgrp === tpgid;
  } catch {
    return true; // no /proc: as if the child had it
  }
}

function localNode() {
  const os = process.platform === "win32" ? "win" : process.platform;
  const file = process.platform === "win32" ? "node.exe" : "node";
  try {
    const manifest = nodeModule.createRequire(import.meta.url).resolve(`node-${os}-${process.arch}/package.json`);
    const node = join(dirname(manifest), "bin", file);
    return existsSync(node) ? node : null;
  } catch {
    return null; // not installed
  }
}

/** stdin, stdout, stderr, and inside an attempt the poster's two descriptors. Without the variables they may be Node's own. */
function handedThrough() {
  const stdio = ["inherit", "inherit", "inherit"];
  if (process.env.REPRISE_EVENTS_FD === undefined) return stdio;
  for (const fd of [3, 4]) stdio[fd] = isOpen(fd) ? fd : "ignore";
  return stdio;
}

function isOpen(fd) {
  try {
    const stat = fstatSync(fd);
    return stat.isFIFO() || stat.isSocket() || stat.isFile() || stat.isCharacterDevice();
  } catch {
    return false; // EBADF: closed
  }
}

function refuse(line) {
  process.stderr.write(`${line} (exit ${EXIT_SETUP})\n`);
  process.exitCode = EXIT_SETUP;
}
