// A small app that posts videos: which screen it shows, what a tap does, what it uploads.
import { createHash } from "node:crypto";
import type { PhoneFiles } from "../files.ts";
import { type Upload, Uploads } from "./uploads.ts";
import type { WitnessedPost } from "./witness.ts";

export const APP_PACKAGE = "com.sim.poster";

/**
 * How the app is disposed. `stuck_upload`: it never ends until the mode changes. `lost`: says shared, and nothing comes of
 * it. `false_alarm`: says that it failed, and posts.
 */
export const APP_MODES = [
  "ok",
  "suspended",
  "logged_out",
  "try_again_later",
  "rejected",
  "slow_upload",
  "stuck_upload",
  "lost",
  "false_alarm",
] as const;
export type AppMode = (typeof APP_MODES)[number];

export type Screen =
  | { at: "launcher" }
  | { at: "share_sheet"; media: string }
  | { at: "feed" }
  | { at: "pick"; media: string | null }
  | { at: "edit"; media: string; caption: string }
  | { at: "posting"; upload: number }
  | { at: "done" }
  | { at: "profile" }
  | { at: "suspended" }
  | { at: "log_in" }
  | { at: "try_again_later" }
  | { at: "rejected" }
  | { at: "went_wrong" };

/** What a tap on some part of the screen means. */
export type Tap =
  | { to: "open" | "create" | "next" | "share" | "profile" | "back" | "feed" }
  | { to: "choose" | "share_with"; media: string };

export type AppOptions = {
  account: string;
  files: PhoneFiles;
  mode: AppMode;
  uploadMs: number;
  /** Share was tapped; what it does is done, the tap is not answered yet. */
  shared(): void;
  /** The platform has the post. `number` counts the phone's posts from 1. */
  posted(upload: Upload, number: number): WitnessedPost;
};

const SLOW_MS = 3000;

export class PostingApp {
  account: string;
  uploadMs: number;
  screen: Screen = { at: "launcher" };
  /** Posts made on this phone, newest first. */
  readonly posts: WitnessedPost[] = [];
  readonly uploads: Uploads;
  readonly files: PhoneFiles;
  #mode: AppMode;
  #shared: AppOptions["shared"];
  #posted: AppOptions["posted"];

  constructor(options: AppOptions) {
    this.account = options.account;
    this.files = options.files;
    this.uploadMs = options.uploadMs;
    this.#mode = options.mode;
    this.#shared = options.shared;
    this.#posted = options.posted;
    this.uploads = new Uploads((upload) => this.#uploaded(upload));
  }

  get mode(): AppMode {
    return this.#mode;
  }

  set mode(mode: AppMode) {
    this.#mode = mode;
    if (mode === "ok") this.uploads.hasten(this.uploadMs);
    if (this.screen.at !== "launcher") this.screen = this.#entrance();
  }

  get isOpen(): boolean {
    return this.screen.at !== "launcher" && this.screen.at !== "share_sheet";
  }

  /** To the foreground; a running app stays on its screen. */
  open(): void {
    this.uploads.resume("app_stopped");
    if (!this.isOpen) this.screen = this.#entrance();
  }

  /** As `am force-stop` does: uploads stand still until the app is opened again. */
  stop(): void {
    this.uploads.pause("app_stopped");
    this.screen = { at: "launcher" };
  }

  /** Another app shares a file with this one. `chosen`: the user's choice of app was made already. */
  receive(media: string, chosen: boolean): void {
    if (!chosen) {
      this.screen = { at: "share_sheet", media };
      return;
    }
    this.uploads.resume("app_stopped");
    const entrance = this.#entrance();
    this.screen = entrance.at === "feed" ? { at: "edit", media, caption: "" } : entrance;
  }

  write(text: string): void {
    if (this.screen.at === "edit") this.screen = { ...this.screen, caption: this.screen.caption + text };
  }

  clear(): void {
    if (this.screen.at === "edit") this.screen = { ...this.screen, caption: "" };
  }

  tap(tap: Tap): void {
    const screen = this.screen;
    if (tap.to === "open") this.open();
    else if (tap.to === "share_with") this.receive(tap.media, true);
    else if (tap.to === "create") this.screen = { at: "pick", media: this.files.media().at(-1) ?? null };
    else if (tap.to === "choose") this.screen = { at: "pick", media: tap.media };
    else if (tap.to === "next" && screen.at === "pick" && screen.media !== null) {
      this.screen = { at: "edit", media: screen.media, caption: "" };
    } else if (tap.to === "share" && screen.at === "edit") {
      this.screen = this.#share(screen.media, screen.caption);
      this.#shared();
    } else if (tap.to === "profile") this.screen = { at: "profile" };
    else if (tap.to === "feed") this.screen = this.#entrance();
    else if (tap.to === "back") this.back();
  }

  back(): void {
    const isEntrance = this.screen.at === this.#entrance().at;
    this.screen = isEntrance || !this.isOpen ? { at: "launcher" } : this.#entrance();
  }

  #entrance(): Screen {
    if (this.#mode === "suspended") return { at: "suspended" };
    if (this.#mode === "logged_out") return { at: "log_in" };
    return { at: "feed" };
  }

  #share(media: string, caption: string): Screen {
    if (this.#mode === "try_again_later" || this.#mode === "rejected") return { at: this.#mode };
    if (this.#mode === "lost") return { at: "done" };
    const bytes = this.files.get(media)?.data ?? Buffer.alloc(0);
    const mediaSha256 = createHash("sha256").update(bytes).digest("hex");
    const ms = { stuck_upload: Number.POSITIVE_INFINITY, slow_upload: Math.max(SLOW_MS, this.uploadMs) };
    const takes = this.#mode in ms ? ms[this.#mode as keyof typeof ms] : this.uploadMs;
    const upload = this.uploads.start({ account: this.account, mediaSha256, caption }, takes);
    if (this.#mode === "false_alarm") return { at: "went_wrong" };
    const isUnderWay = this.uploads.pending.some(({ id }) => id === upload);
    return isUnderWay ? { at: "posting", upload } : { at: "done" };
  }

  #uploaded(upload: Upload): void {
    this.posts.unshift(this.#posted(upload, this.posts.length + 1));
    if (this.screen.at === "posting" && this.screen.upload === upload.id) this.screen = { at: "done" };
  }
}
