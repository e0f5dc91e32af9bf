// The adb server behind all clients. One that is not ours is used, never ended: not even by a client of another version.
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { ok } from "../../core/result.ts";
import { type Answer, fault } from "../devices.ts";
import { parseVersion } from "./adb-output.ts";
import { type AdbSettings, runAdb } from "./run-adb.ts";

/** What holds the server's port. */
export type ServerSeen = { is: "adb"; version: number } | { is: "nobody" } | { is: "another program" };

const QUESTION = "000chost:version";
const ANSWER_LENGTH = "OKAY00040029".length;
const ANSWER_MS = 2000;
/** Before a run is halted, or a program ended, for a server that says nothing: on a busy machine one may take seconds. */
export const PATIENT_MS = 6_000;
const START_MS = 30_000;
const ANOTHER_PORT = "name another port: adb_port under devices in the config file";

/** A server that somebody is just ending resets a question or leaves it unanswered: how soon it is asked a second time. */
const AGAIN_MS = 500;

/** Asks what listens there, without adb: its client would start a server where none is, or end one of another version. */
export async function askVersion(port: number, answerMs: number = ANSWER_MS): Promise<ServerSeen> {
  const seen = await askOnce(port, answerMs);
  if (seen.is !== "cut off") return seen;
  await pause(AGAIN_MS);
  const again = await askOnce(port, answerMs);
  return again.is === "cut off" ? { is: "another program" } : again;
}

function askOnce(port: number, answerMs: number): Promise<ServerSeen | { is: "cut off" }> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let text = "";
    const settle = (seen: ServerSeen | { is: "cut off" }) => {
      socket.destroy();
      resolve(seen);
    };
    socket.setTimeout(answerMs, () => settle({ is: "another program" }));
    socket.on("connect", () => socket.write(QUESTION));
    socket.on("data", (data) => {
      text += data.toString("latin1");
      if (text.length < ANSWER_LENGTH) return;
      const version = /^OKAY[0-9a-f]{4}([0-9a-f]{4})$/i.exec(text)?.[1];
      settle(version === undefined ? { is: "another program" } : { is: "adb", version: Number.parseInt(version, 16) });
    });
    socket.on("end", () => settle({ is: "cut off" }));
    socket.on("error", (e: NodeJS.ErrnoException) => settle({ is: e.code === "ECONNREFUSED" ? "nobody" : "cut off" }));
  });
}

/** The server on our port: sees that one is there before each command, starts one if none is. */
export class AdbServer {
  #settings: AdbSettings;
  #isPrivate: boolean;
  #isOurs = false;
  #clientVersion: number | null = null;
  #starting: Promise<Answer<void>> | null = null;

  /** @param isPrivate  a server that we start is ours alone: marked, and ended with us */
  constructor(settings: AdbSettings, isPrivate: boolean) {
    this.#settings = settings;
    this.#isPrivate = isPrivate;
  }

  /** Afterwards a client may be started: it will neither start nor end a server by itself. */
  async ensure(): Promise<Answer<void>> {
    const seen = await askVersion(this.#settings.port, PATIENT_MS);
    if (seen.is === "nobody") {
      this.#starting ??= this.#start().finally(() => {
        this.#starting = null;
      });
      return this.#starting;
    }
    if (seen.is === "another program") {
      const what = `port ${this.#settings.port} is held by a program that is no adb server`;
      return fault("setup", "adb_port_held", `${what}; end it, or ${ANOTHER_PORT}`);
    }
    return this.#agrees(seen.version);
  }

  /** Ends the server if it is ours. */
  async close(): Promise<void> {
    if (!this.#isPrivate || !this.#isOurs) return;
    this.#isOurs = false;
    if ((await askVersion(this.#settings.port, PATIENT_MS)).is === "adb") {
      await runAdb(this.#settings, ["kill-server"], { deadlineMs: START_MS });
    }
  }

  async #start(): Promise<Answer<void>> {
    const run = await runAdb(this.#settings, ["start-server"], { deadlineMs: START_MS, isMarked: this.#isPrivate });
    if (run.end === "no such program") return adbMissing(this.#settings.binary);
    const seen = await askVersion(this.#settings.port, PATIENT_MS);
    if (seen.is !== "adb") {
      return fault(
        "setup",
        "adb_port_held",
        `could not start an adb server on port ${this.#settings.port}: ${run.text}`,
      );
    }
    this.#isOurs = true;
    return ok(undefined);
  }

  /** A client ends a server of another version and starts its own, under everybody's feet. */
  async #agrees(version: number): Promise<Answer<void>> {
    if (this.#clientVersion === null) {
      const run = await runAdb(this.#settings, ["version"], { deadlineMs: START_MS });
      if (run.end === "no such program") return adbMissing(this.#settings.binary);
      this.#clientVersion = parseVersion(run.text);
    }
    if (this.#clientVersion === version) return ok(undefined);
    const which = `the adb server on port ${this.#settings.port} has version ${version}, our adb ${this.#clientVersion}`;
    return fault("setup", "adb_version", `${which}; use one adb for both, or ${ANOTHER_PORT}`);
  }
}

const adbMissing = (binary: string) =>
  fault("setup", "adb_missing", `there is no program ${binary}; install adb (Debian: scripts/system-packages.sh)`);
