// A browser or a phone driven through Appium, as a poster needs it: opened when first asked for, ended with the attempt.

import type { PhoneAddress } from "../core/claim.ts";

export type SessionAsk = {
  /** W3C capabilities, in the words of Appium's drivers. Ports that are missing are filled in. */
  capabilities: Readonly<Record<string, unknown>>;
  /** The phone, and where to reach it; `null` = none. */
  phone: PhoneAddress | null;
  /** Fires when nobody waits for the session any more. */
  signal: AbortSignal;
  log(line: string): void;
};

export interface AppiumSession {
  /** A WebdriverIO browser. Each of its commands has a deadline. */
  readonly browser: unknown;
  /** A PNG. Rejects after a quarter of a minute at the latest. */
  screenshot(): Promise<Uint8Array>;
  /** What the screen holds, as XML or HTML. Rejects after a quarter of a minute at the latest. */
  source(): Promise<string>;
  /** Ends the session, and its server if that is what it takes. Never rejects. */
  end(): Promise<void>;
}

/** One Appium server for one worker, started when it is first needed, replaced between sessions when it is not well. */
export interface Appium {
  /**
   * Opens a session; one at a time.
   *
   * Errors: `AppiumFailure`, or an `Error` whose name is the W3C error code that Appium answered.
   */
  open(ask: SessionAsk): Promise<AppiumSession>;
  /** Ends the server in good order, and what it started. Never rejects. */
  close(): Promise<void>;
  /** Ends them now. */
  kill(): void;
}

/** One worker's Appium as an address, for posters that speak to it themselves. Its server starts with the first call. */
export interface AppiumAddress {
  /** Without a slash at its end. A call that finds no Appium is refused as Appium refuses a session, with the reason. */
  readonly url: string;
  /** Ends the sessions that an attempt left open, and its server if that is what it takes. Never rejects. */
  tidy(): Promise<void>;
  /** Ends the server in good order, and what it started. Never rejects. */
  close(): Promise<void>;
  /** Ends them now. */
  kill(): void;
}

/** Appium can't be had. Has the shape of a poster's own failure, and is believed like one. */
export class AppiumFailure extends Error {
  readonly category: "setup" | "infrastructure";
  override readonly cause: string;

  constructor(category: "setup" | "infrastructure", cause: string, message: string) {
    super(message);
    this.name = "AppiumFailure";
    this.category = category;
    this.cause = cause;
  }
}
