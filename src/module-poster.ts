// What a module poster is written with: `export default definePoster({ ... })`, run with `--poster FILE`.

/** What one attempt hands to a module poster. */
export type PosterContext = {
  readonly job: {
    readonly id: string;
    readonly account: string;
    readonly platform: string;
    /** Absolute path. */
    readonly media: string;
    readonly caption: string;
    readonly data: Readonly<Record<string, unknown>>;
  };
  /** The phone's serial; `null` = none is used. */
  readonly device: string | null;
  /**
   * A WebdriverIO browser on this worker's Appium. Opened when first asked for, then the same one; ended with the attempt.
   * Ports that the capabilities leave out are filled in, and the phone's serial.
   *
   * @example const browser = await ctx.driver<WebdriverIO.Browser>({ platformName: "Android", "appium:automationName": "UiAutomator2" });
   */
  driver<Browser = unknown>(capabilities: Readonly<Record<string, unknown>>): Promise<Browser>;
  /** Says how far the attempt is. */
  step(name: string): void;
  /**
   * Commits the intent, then runs the tap. At most once an attempt. Rejects, without tapping, when the post must not be made:
   * let that error out.
   *
   * From here on only `posted()`, an end without error, or an `AccountFailure` or `ContentFailure` (the app shows that it
   * refused) is proof; any other end leaves the job unconfirmed.
   *
   * @param baseline  something that tells an older post from this one, such as the newest post's id
   */
  publish<T>(tap: () => Promise<T>, baseline?: string): Promise<T>;
  /** The post is seen to be live. */
  posted(proof?: { url?: string }): void;
  /** Keeps a file with the attempt. */
  evidence(name: string, bytes: Uint8Array): Promise<void>;
  /** Keeps a picture of the driver's screen with the attempt. */
  screenshot(name: string): Promise<void>;
  log(line: string): void;
  /** Fires when the attempt is to end. */
  readonly signal: AbortSignal;
  /** For all that is drawn at random: the same for every try of a job in runs with one `--seed`. */
  readonly seed: number;
};

/** What a look or a check gets: all that can't post. */
export type LookContext = Omit<PosterContext, "publish" | "posted"> & {
  /** What `publish` was given to tell older posts apart; looks only. */
  readonly baseline: string | null;
};

/** `posted: null`: cannot tell. `pending`: not live, but an upload or a draft waits. */
export type PosterLook = { posted: boolean | null; pending?: boolean };

export type ModulePoster = {
  /** Shown in logs. */
  readonly name: string;
  /** Which app; limits and duplicates go by (platform, account). */
  readonly platform: string;
  /** Makes one post. Throws one of the failures below, or any error, which is then judged by its text. */
  post(ctx: PosterContext): Promise<void>;
  /** Looks whether the post is live; must not write. */
  verify?(ctx: LookContext): Promise<PosterLook>;
  /**
   * Throws if this machine, or this account on this phone, can't post. Asked once by each worker, before its first post, and by
   * `accounts repair`, which believes it and releases the account: there the job holds account and platform alone.
   */
  check?(ctx: LookContext): Promise<void>;
};

/** Checks the shape of a module poster and gives it back as it is. */
export const definePoster = <P extends ModulePoster>(poster: P): P => poster;

/** Times are seconds. */
type Times = {
  /** How long the account is to be left alone. */
  cooldown?: number;
  /** When the app may be asked again; not charged to any budget. */
  retryAfter?: number;
};

/** A failure the poster itself names; believed as it is. `cause`: short snake_case name, such as `suspended`. */
abstract class PosterFailure extends Error {
  abstract readonly category: "account" | "content" | "setup" | "infrastructure";
  override readonly cause: string;
  readonly cooldown: number | null;
  readonly retryAfter: number | null;

  constructor(cause: string, message: string, times: Times = {}) {
    super(message);
    this.name = new.target.name;
    this.cause = cause;
    this.cooldown = times.cooldown ?? null;
    this.retryAfter = times.retryAfter ?? null;
  }
}

/** This account can't post: it is held until a person releases it. Never retried. */
export class AccountFailure extends PosterFailure {
  readonly category = "account";
}

/** This media or caption can't be posted. Never retried. */
export class ContentFailure extends PosterFailure {
  readonly category = "content";
}

/** This installation can't post at all: the second one like it halts the run, no job pays for it. */
export class SetupFailure extends PosterFailure {
  readonly category = "setup";
}

/** Phone, network or provider: retried within `infrastructureRetryLimit`. */
export class InfrastructureFailure extends PosterFailure {
  readonly category = "infrastructure";
}
