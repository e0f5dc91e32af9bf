// The commands of the phone's shell: what adb, Appium and reprise ask an Android phone.
import { createHash } from "node:crypto";
import { APP_PACKAGE, type PostingApp } from "./app/posting-app.ts";
import { HEIGHT, WIDTH } from "./app/screens.ts";
import type { PhoneFiles } from "./files.ts";
import { activityManager } from "./shell-am.ts";
import { type Reply, type ShellWorld, said } from "./shell-world.ts";

type Command = (args: string[]) => Reply;
export type PhoneParts = {
  files: PhoneFiles;
  app: PostingApp;
  props: Record<string, string>;
  /** As Android gives it: another one after each start. */
  bootId(): string;
  reboot(): void;
  /** `false`: wrong, or the phone has none. */
  glogin(password: string): boolean;
  /** A command that the phone does not have was asked for. */
  unknown(command: string): void;
};

const SILENT = [
  "settings",
  "appops",
  "mkdir",
  "chmod",
  "media",
  "svc",
  "locksettings",
  "sync",
  "touch",
  "true",
  "setprop",
  "export",
];
const PACKAGES = [
  APP_PACKAGE,
  "io.appium.uiautomator2.server",
  "io.appium.uiautomator2.server.test",
  "io.appium.settings",
];
const BOOT_ID = "/proc/sys/kernel/random/boot_id";
const KEY_HOME = ["3", "KEYCODE_HOME", "HOME"];
const KEY_BACK = ["4", "KEYCODE_BACK", "BACK"];
const KEY_ENTER = ["66", "KEYCODE_ENTER", "ENTER"];

export function shellCommands(phone: PhoneParts): ShellWorld["run"] {
  const table: Record<string, Command> = {
    ...Object.fromEntries(SILENT.map((name) => [name, () => said("")])),
    ...fileCommands(phone),
    echo: (args) => said(`${args.join(" ")}\n`),
    false: () => said("", 1),
    getprop: ([name]) => said(name === undefined ? allProps(phone.props) : `${phone.props[name] ?? ""}\n`),
    id: () => said("uid=2000(shell) gid=2000(shell)\n"),
    date: () => said(`${new Date().toISOString()}\n`),
    wm: ([what]) => said(what === "density" ? "Physical density: 440\n" : `Physical size: ${WIDTH}x${HEIGHT}\n`),
    ps: () => said("USER PID PPID NAME\n"),
    pidof: () => said("", 1),
    pgrep: () => said("", 1),
    logcat: () => said(""),
    pm: (args) => packageManager(args),
    cmd: (args) => serviceCommand(args),
    am: (args) => activityManager(args, phone.app),
    dumpsys: (args) => dumpsys(args, phone),
    monkey: (args) => {
      if (args.includes(APP_PACKAGE)) phone.app.open();
      return said("Events injected: 1\n");
    },
    input: (args) => pressed(args, phone.app),
    reboot: () => {
      phone.reboot();
      return said("");
    },
    glogin: ([password = ""]) =>
      phone.glogin(password) ? said("success\n") : said("error: log in with glogin first\n", 1),
    content: ([verb, ...args]) => said(verb === "query" ? postRows(args, phone.app) : ""),
  };
  return (name, args) => {
    const command = table[name];
    if (command !== undefined) return command(args);
    phone.unknown([name, ...args].join(" "));
    return said(`/system/bin/sh: ${name}: inaccessible or not found\n`, 127);
  };
}

const allProps = (props: Record<string, string>) =>
  Object.entries(props)
    .map(([key, value]) => `[${key}]: [${value}]\n`)
    .join("");

function fileCommands({ files, bootId }: Pick<PhoneParts, "files" | "bootId">): Record<string, Command> {
  const missing = (tool: string, path: string) => said(`${tool}: ${path}: No such file or directory\n`, 1);
  const last = (args: string[]) => args.at(-1) ?? "";
  const exists = (args: string[]) => said("", files.stat(args[1] ?? "") === null ? 1 : 0);
  return {
    ls(args) {
      const path = last(args);
      const inside = files.paths().filter((file) => file === path || file.startsWith(`${path.replace(/\/$/, "")}/`));
      if (files.stat(path) === null) return missing("ls", path);
      return said(inside.map((file) => `${file.split("/").pop()}\n`).join(""));
    },
    cat(args) {
      if (last(args) === BOOT_ID) return said(`${bootId()}\n`);
      const file = files.get(last(args));
      return file === null ? missing("cat", last(args)) : said(file.data.toString("utf8"));
    },
    rm(args) {
      const isThere = files.remove(last(args));
      return isThere || args.some((arg) => /^-\w*f/.test(arg)) ? said("") : missing("rm", last(args));
    },
    stat(args) {
      const found = files.stat(last(args));
      return found === null ? missing("stat", last(args)) : said(`${found.size}\n`);
    },
    sha256sum(args) {
      const file = files.get(last(args));
      if (file === null) return missing("sha256sum", last(args));
      return said(`${createHash("sha256").update(file.data).digest("hex")}  ${last(args)}\n`);
    },
    df() {
      const free = Math.floor(Math.min(files.freeBytes, 64e9) / 1024);
      const head = "Filesystem     1K-blocks     Used Available Use% Mounted on";
      return said(`${head}\n/dev/fuse       64000000 ${64_000_000 - free} ${free}   1% /storage/emulated\n`);
    },
    "[": exists,
    test: exists,
  };
}

function packageManager(args: string[]): Reply {
  const [verb, what] = args;
  if (verb === "list" && what === "instrumentation") {
    const server = "io.appium.uiautomator2.server";
    return said(`instrumentation:${server}.test/androidx.test.runner.AndroidJUnitRunner (target=${server})\n`);
  }
  if (verb === "list") return said(PACKAGES.map((name) => `package:${name}\n`).join(""));
  if (verb === "path") return PACKAGES.includes(what ?? "") ? said("package:/data/app/base.apk\n") : said("", 1);
  return said("");
}

function serviceCommand(args: string[]): Reply {
  if (!args.includes("resolve-activity")) return said("");
  return said(`priority=0 preferredOrder=0\n${args.at(-1)}/.Main\n`);
}

function dumpsys([service, ...args]: string[], { app, props }: PhoneParts): Reply {
  if (service === "account") {
    const names = app.account.split(","); // several may be logged in
    const rows = names.map((name) => `    Account {name=${name}, type=${APP_PACKAGE}}\n`).join("");
    return said(`User UserInfo{0:Owner:4c13}:\n  Accounts: ${names.length}\n${rows}`);
  }
  if (service === "activity" && args.includes("services")) {
    return said(
      "  * ServiceRecord{1 u0 io.appium.settings/.ForegroundService}\n    isForeground=true foregroundId=1\n",
    );
  }
  if (service === "window" && args[0] === "policy")
    return said(
      `WINDOW MANAGER POLICY STATE\n  KeyguardServiceDelegate\n    showing=${props["sim.locked"]}\n    occluded=false\n`,
    );
  if (service === "window" || service === "activity") {
    const front = app.isOpen ? `${APP_PACKAGE}/${APP_PACKAGE}.Main` : "com.android.launcher3/.Launcher";
    return said(`  mCurrentFocus=Window{1 u0 ${front}}\n  mFocusedApp=ActivityRecord{1 u0 ${front} t1}\n`);
  }
  if (service === "package") {
    return said(
      `Packages:\n  Package [${args.at(-1)}] (1):\n    versionCode=1 minSdk=21 targetSdk=34\n    versionName=1.0\n`,
    );
  }
  return said(service === "power" ? "  mHoldingDisplaySuspendBlocker=true\n" : "");
}

/** `content query --uri content://com.sim.poster/posts`: what the profile shows, newest first. */
function postRows(args: string[], app: PostingApp): string {
  if (args[args.indexOf("--uri") + 1] !== `content://${APP_PACKAGE}/posts`) return "No result found.\n";
  const rows = app.posts.map(({ post, media_sha256 }, n) => `Row: ${n} _id=${post}, sha256=${media_sha256}\n`);
  return rows.length === 0 ? "No result found.\n" : rows.join("");
}

function pressed([kind, key = ""]: string[], app: PostingApp): Reply {
  if (kind === "text") app.write(key.replaceAll("%s", " "));
  if (kind !== "keyevent") return said("");
  if (KEY_ENTER.includes(key)) app.tap({ to: "share" });
  if (KEY_BACK.includes(key)) app.back();
  if (KEY_HOME.includes(key)) app.screen = { at: "launcher" };
  return said("");
}
