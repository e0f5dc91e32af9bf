// A simulated phone: adbd, shell, storage, the UiAutomator2 server and a posting app, wired together.
import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { Adbd, type Welcome } from "./adbd.ts";
import { type AppMode, PostingApp } from "./app/posting-app.ts";
import { appendPost, type WitnessedPost } from "./app/witness.ts";
import type { PhoneCommand } from "./faults.ts";
import { PhoneFiles } from "./files.ts";
import { serveShell } from "./shell.ts";
import { shellCommands } from "./shell-commands.ts";
import type { ShellSession, ShellWorld } from "./shell-world.ts";
import { type AdbStream, asDuplex } from "./stream.ts";
import { serveSync } from "./sync.ts";
import { UiAutomatorServer } from "./uiautomator.ts";

export type PhoneOptions = {
  /** The phone's own name, as `ro.serialno` gives it; adb knows it as `127.0.0.1:<port>`. */
  id: string;
  account: string;
  /** File to which posts made are appended; `null` = none. */
  witness: string | null;
  /** 0 = any free one. */
  port: number;
  mode: AppMode;
  uploadMs: number;
  /** Until `glogin <password>` each connection is refused everything else, as cloud phones do; `null` = no password. */
  password?: string | null;
};

export type PhoneState = {
  serial: string;
  account: string;
  mode: AppMode;
  screen: string;
  posts: WitnessedPost[];
  uploadsPending: number;
  files: string[];
  isInstrumented: boolean;
  boots: number;
  /** HTTP requests that the UiAutomator2 server answered. */
  requests: number;
  /** Shell commands that the phone does not have. */
  unknown: string[];
};

const UIAUTOMATOR_PORT = 6790;
const REBOOT_MS = 300;
const KILLED = 137;
const FEATURES = "shell_v2,cmd,stat_v2,fixed_push_mkdir";

export class Phone {
  #options: PhoneOptions;
  #files = new PhoneFiles();
  #app: PostingApp;
  #uiautomator: UiAutomatorServer;
  #adbd: Adbd;
  #world: ShellWorld;
  #props: Record<string, string>;
  #port = 0;
  #instrumentation: ShellSession | null = null;
  #isHanging = false;
  #welcome: Welcome = "accept";
  #password: string | null;
  #isLocked = false;
  #cutAfter = Number.POSITIVE_INFINITY;
  #boots = 1;
  #bootId = randomUUID();
  #unknown: string[] = [];
  #onShare: PhoneCommand | null = null;

  constructor(options: PhoneOptions) {
    const { account, mode, uploadMs } = options;
    this.#options = options;
    this.#password = options.password ?? null;
    this.#props = propsOf(options.id);
    this.#app = new PostingApp({
      account,
      mode,
      uploadMs,
      files: this.#files,
      shared: () => this.#shared(),
      posted: (u, n) => this.#posted(u, n),
    });
    this.#uiautomator = new UiAutomatorServer(this.#app);
    const reboot = () => void this.#reboot(REBOOT_MS);
    const unknown = (command: string) => this.#unknown.push(command);
    const glogin = (password: string) => this.#unlock(password);
    const shown = { files: this.#files, app: this.#app, props: this.#props, bootId: () => this.#bootId };
    const run = shellCommands({ ...shown, reboot, glogin, unknown });
    this.#world = { run, stay: (line, session) => this.#stay(line, session) };
    this.#adbd = new Adbd({
      banner: bannerOf(this.#props),
      open: (service) => this.#open(service),
      welcome: () => this.#met(),
      isCutAfter: (bytes) => this.#isCutAfter(bytes),
    });
  }

  /** Resolves with the port on 127.0.0.1 for `adb connect`. */
  async start(): Promise<number> {
    this.#port = await this.#adbd.listen(this.#options.port);
    return this.#port;
  }

  state(): PhoneState {
    return {
      serial: `127.0.0.1:${this.#port}`,
      account: this.#app.account,
      mode: this.#app.mode,
      screen: this.#app.screen.at,
      posts: this.#app.posts,
      uploadsPending: this.#app.uploads.pending.length,
      files: this.#files.paths(),
      isInstrumented: this.#uiautomator.isUp,
      boots: this.#boots,
      requests: this.#uiautomator.requests,
      unknown: this.#unknown,
    };
  }

  /** Resolves when the command has taken effect; a reboot, when it has begun. */
  async obey(command: PhoneCommand): Promise<PhoneState> {
    switch (command.do) {
      case "state":
        break;
      case "drop":
        this.#adbd.drop();
        break;
      case "drop_after":
        this.#cutAfter = command.bytes;
        break;
      case "freeze":
      case "thaw":
        this.#adbd.freeze(command.do === "freeze");
        break;
      case "free_bytes":
        this.#files.freeBytes = command.bytes;
        break;
      case "crash_instrumentation":
        this.#endInstrumentation(1);
        break;
      case "hang_instrumentation":
        this.#isHanging = command.on;
        break;
      case "gone":
        this.#app.uploads.pause("offline");
        await this.#adbd.leave();
        break;
      case "back":
        this.#app.uploads.resume("offline");
        await this.#adbd.listen();
        break;
      case "reboot":
        void this.#reboot(command.ms ?? REBOOT_MS);
        break;
      case "welcome":
        this.#welcome = command.how;
        this.#adbd.drop();
        break;
      case "password":
        this.#password = command.password;
        this.#adbd.drop();
        break;
      case "look":
        this.#props["sys.boot_completed"] = command.as === "booting" ? "" : "1";
        this.#props["sim.locked"] = String(command.as === "locked");
        break;
      case "on_share":
        this.#onShare = command.fault;
        break;
      default:
        this.#tellApp(command);
    }
    return this.state();
  }

  #tellApp(command: Extract<PhoneCommand, { do: "app_online" | "mode" | "account" | "upload_ms" }>): void {
    if (command.do === "mode") this.#app.mode = command.mode;
    else if (command.do === "account") this.#app.account = command.name;
    else if (command.do === "upload_ms") {
      this.#app.uploadMs = command.ms;
      this.#app.uploads.hasten(command.ms);
    } else if (command.on) this.#app.uploads.resume("offline");
    else this.#app.uploads.pause("offline");
  }

  #open(service: string): ((stream: AdbStream) => void) | null {
    const shell = /^(?:shell(,[^:]*)?|exec):([\s\S]*)$/.exec(service);
    if (shell !== null) {
      const isFramed = shell[1]?.includes("v2") ?? false;
      const isRefused = this.#isLocked && !/^\s*glogin\b/.test(shell[2] ?? "");
      const line = isRefused ? "glogin" : (shell[2] ?? "");
      return (stream) => serveShell(stream, line, this.#world, isFramed);
    }
    if (this.#isLocked) return null;
    if (service === "sync:") return (stream) => serveSync(stream, this.#files);
    if (service === `tcp:${UIAUTOMATOR_PORT}`) {
      if (!this.#uiautomator.isUp) return null; // nothing listens there
      return (stream) => this.#uiautomator.connect(asDuplex(stream) satisfies Duplex);
    }
    if (service.startsWith("reboot:")) {
      return (stream) => {
        stream.end();
        void this.#reboot(REBOOT_MS);
      };
    }
    return null;
  }

  /** A new connection has to give the password again. */
  #met(): Welcome {
    this.#isLocked = this.#password !== null;
    return this.#welcome;
  }

  #unlock(password: string): boolean {
    if (password !== this.#password) return false;
    this.#isLocked = false;
    return true;
  }

  /** `am instrument` and `logcat`: they write, and end when the phone or the computer ends them. */
  #stay(line: string, session: ShellSession): void {
    if (!line.includes("instrument")) {
      session.write("--------- beginning of main\n01-01 00:00:00.000  1  1 I Sim: boot\n");
      return;
    }
    this.#endInstrumentation(KILLED); // a second one ends the first, as on a phone
    this.#instrumentation = session;
    session.onClosed(() => {
      if (this.#instrumentation === session) this.#endInstrumentation(null);
    });
    if (!this.#isHanging) this.#uiautomator.up();
    session.write("INSTRUMENTATION_STATUS: numtests=1\nINSTRUMENTATION_STATUS_CODE: 1\n");
  }

  #endInstrumentation(code: number | null): void {
    const session = this.#instrumentation;
    this.#instrumentation = null;
    this.#uiautomator.down();
    if (code !== null) session?.exit(code);
  }

  async #reboot(ms: number): Promise<void> {
    this.#boots++;
    this.#bootId = randomUUID();
    this.#endInstrumentation(null);
    this.#app.uploads.pause("rebooting");
    this.#app.screen = { at: "launcher" };
    await this.#adbd.leave();
    await pause(ms);
    await this.#adbd.listen();
    this.#app.uploads.resume("rebooting");
  }

  #isCutAfter(bytes: number): boolean {
    this.#cutAfter -= bytes;
    if (this.#cutAfter > 0) return false;
    this.#cutAfter = Number.POSITIVE_INFINITY;
    return true;
  }

  #shared(): void {
    const fault = this.#onShare;
    this.#onShare = null;
    if (fault !== null) void this.obey(fault);
  }

  #posted(upload: { account: string; mediaSha256: string; caption: string }, number: number): WitnessedPost {
    const post: WitnessedPost = {
      at: new Date().toISOString(),
      phone: this.#options.id,
      account: upload.account,
      post: `${this.#options.id}-p${number}`,
      media_sha256: upload.mediaSha256,
      caption: upload.caption,
    };
    if (this.#options.witness !== null) appendPost(this.#options.witness, post);
    return post;
  }
}

const propsOf = (id: string): Record<string, string> => ({
  "ro.serialno": id,
  "ro.product.name": "simphone",
  "ro.product.model": "SimPhone",
  "ro.product.device": "simphone",
  "ro.product.manufacturer": "Reprise",
  "ro.product.cpu.abilist": "x86_64",
  "ro.build.version.sdk": "34",
  "ro.build.version.release": "14",
  "persist.sys.locale": "en-US",
  "persist.sys.timezone": "UTC",
  "init.svc.bootanim": "stopped",
  "sys.boot_completed": "1",
  "sim.locked": "false",
});

function bannerOf(props: Record<string, string>): string {
  const shown = ["ro.product.name", "ro.product.model", "ro.product.device"].map((key) => `${key}=${props[key]};`);
  return `device::${shown.join("")}features=${FEATURES}`;
}
