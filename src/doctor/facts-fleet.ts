// What the doctor goes by where posts are made on phones or in a browser. Judged in about-adb.ts, about-phones.ts, about-appium.ts.

/** `null`: the settings need none of it, so nobody looked. */
export type FleetFacts = {
  adb: AdbFacts | null;
  /** `null`: adb could not be asked for them. */
  phones: readonly PhoneFacts[] | null;
  /** Accounts bound to a phone that is none of the fleet's. */
  strays: readonly { account: string; device: string }[];
  appium: AppiumFacts | null;
  sdk: SdkFacts | null;
  browser: BrowserFacts | null;
  ports: PortFacts | null;
};

/** A process that listens; `null`: another user's, so nobody may ask which. */
export type Holder = { pid: number; command: string } | null;

export type AdbFacts = {
  /** Path or name, as the settings have it. */
  binary: string;
  /** `protocol`: what client and server compare (1.0.41 is 41). `release`: of the platform tools. */
  client: { is: "missing" } | { is: "mute" } | { is: "there"; protocol: number | null; release: string | null };
  port: number;
  /** The settings want a server that is reprise's alone. */
  isPrivate: boolean;
  server:
    | { is: "nobody" }
    | { is: "adb"; protocol: number; isOurs: boolean; holder: Holder }
    | { is: "another program"; holder: Holder };
};

export type PhoneFacts = {
  serial: string;
  /** Accounts that the settings bind to it. */
  bound: readonly string[];
  /** How often the settings name it. */
  times: number;
  seen: PhoneSeen;
};

export type PhoneSeen =
  /**
   * `state`: adb's own word; `absent`: adb does not list it; `refused`: nobody listens there; `mute`: no answer in time; `nameless`: it
   * has no serial number that adb takes.
   */
  | { is: "unusable"; state: string }
  | {
      is: "there";
      isBooted: boolean;
      /** What the phone says of itself, whichever way adb reaches it; `null`: it would not say. */
      name: string | null;
      boot: string | null;
      model: string | null;
      freeBytes: number | null;
      /** `null`: it would not say. */
      isLocked: boolean | null;
      /** Logged in there; empty: the phone names none. */
      accounts: readonly string[];
    };

/** One npm package. */
export type PackageFacts = {
  name: string;
  /** `null`: it is not there. */
  version: string | null;
  /** Versions that reprise goes with. */
  wanted: string;
  /** Versions of Node that it goes with; `null`: it does not say. */
  node: string | null;
};

export type AppiumFacts = {
  /** Why it is looked at: the poster's file. */
  poster: string;
  node: string;
  /** Where its drivers are looked for. `variable`: APPIUM_HOME says so. */
  home: { folder: string; isThere: boolean; isSet: boolean } | null;
  packages: readonly PackageFacts[];
};

export type SdkFacts = {
  /** The variable that counts; `null`: neither is set. */
  variable: "ANDROID_HOME" | "ANDROID_SDK_ROOT" | null;
  folder: string;
  isFolder: boolean;
  hasAdb: boolean;
  /** The SDK that the adb of the PATH lies in; `null`: none. */
  likely: string | null;
};

type ProgramFacts = { path: string; version: string | null; isThere: boolean };
export type BrowserFacts = { browser: ProgramFacts; driver: ProgramFacts };

export type PortFacts = {
  /** As the settings name them. */
  from: number;
  to: number;
  /** How many are needed at the same time. */
  needed: number;
  held: readonly { port: number; holder: Holder; isAdbForward: boolean }[];
};
