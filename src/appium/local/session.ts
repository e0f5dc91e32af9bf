// One WebDriver session, spoken to over HTTP where an answer's code must not be lost, and by WebdriverIO for the poster.
import { AppiumFailure, type AppiumSession, type SessionAsk } from "../appium.ts";
import { freePort } from "./free-port.ts";

const SESSION_MS = 180_000;
const COMMAND_MS = 90_000;
const PEEK_MS = 15_000;
const DELETE_MS = 5_000;

type Value = Record<string, unknown>;
type Created = { sessionId: string; capabilities: Value };

/**
 * Opens a session on a server.
 *
 * Errors: `AppiumFailure` of infrastructure; an `Error` named by the W3C code for what Appium refused.
 */
export async function createSession(url: string, ask: SessionAsk): Promise<Created> {
  const alwaysMatch = await completed(ask);
  const signal = AbortSignal.any([ask.signal, AbortSignal.timeout(SESSION_MS)]);
  let answer: Response;
  let body: unknown;
  try {
    answer = await fetch(`${url}/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ capabilities: { alwaysMatch, firstMatch: [{}] } }),
      signal,
    });
    body = await answer.json();
  } catch (e) {
    if (ask.signal.aborted) throw e;
    const why = signal.aborted ? `no session after ${SESSION_MS / 1000} s` : `no answer: ${String(e)}`;
    throw new AppiumFailure("infrastructure", "session_failed", `Appium: ${why}`);
  }
  const value = (body as { value?: Value }).value ?? {};
  if (!answer.ok || typeof value.sessionId !== "string") throw refusal(value, answer.status);
  return { sessionId: value.sessionId, capabilities: (value.capabilities ?? {}) as Value };
}

/** As WebdriverIO names errors of commands: its own `remote` would throw the code away. */
function refusal({ error, message }: Value, status: number): Error {
  const refused = new Error(typeof message === "string" && message !== "" ? message : `Appium answered ${status}`);
  refused.name = typeof error === "string" ? error : "session not created";
  return refused;
}

/** With what a poster need not know: the phone, ports that are free now. */
async function completed({ capabilities, phone }: SessionAsk): Promise<Value> {
  const driver = driverOf(capabilities);
  const own: Value = { "appium:newCommandTimeout": 300 };
  if (driver === "chromium") own["appium:chromedriverPort"] = await freePort();
  if (driver === "uiautomator2") {
    own["appium:systemPort"] = phone?.systemPort ?? (await freePort());
    if (phone !== null) own["appium:udid"] = phone.serial;
    const adbPort = phone?.adbPort ?? Number(process.env.ANDROID_ADB_SERVER_PORT);
    if (adbPort > 0) own["appium:adbPort"] = adbPort;
  }
  const { webSocketUrl: _bidi, ...asked } = capabilities; // Appium 3.8 dies with a BiDi client that dies
  return { ...own, ...asked, "wdio:enforceWebDriverClassic": true };
}

/** The driver's short name: `Chromium` is `chromium`. */
export function driverOf(capabilities: Readonly<Value>): string {
  const name = capabilities["appium:automationName"] ?? capabilities.automationName;
  if (typeof name === "string" && name !== "") return name.toLowerCase();
  throw new AppiumFailure("setup", "no_automation_name", 'driver(): capabilities need "appium:automationName"');
}

/** @param giveUp  ends a server that does not end its session */
export async function attachSession(url: string, created: Created, giveUp: () => void): Promise<AppiumSession> {
  const at = `${url}/session/${created.sessionId}`;
  const browser = await attached(url, created);
  const peek = async (what: string): Promise<string> => {
    const answer = await fetch(`${at}/${what}`, { signal: AbortSignal.timeout(PEEK_MS) });
    const { value } = (await answer.json()) as { value?: unknown };
    if (!answer.ok || typeof value !== "string") throw new Error(`no ${what}: ${answer.status}`);
    return value;
  };
  let ended: Promise<void> | null = null;
  const end = async () => {
    const deleted = await fetch(at, { method: "DELETE", signal: AbortSignal.timeout(DELETE_MS) }).catch(() => null);
    await deleted?.body?.cancel();
    if (deleted === null || (!deleted.ok && deleted.status !== 404)) giveUp();
  };
  return {
    browser,
    screenshot: async () => Buffer.from(await peek("screenshot"), "base64"),
    source: () => peek("source"),
    end() {
      ended ??= end();
      return ended;
    },
  };
}

async function attached(url: string, { sessionId, capabilities }: Created): Promise<unknown> {
  const { hostname, port, pathname } = new URL(url);
  const { attach } = await loadWebdriverio();
  return attach({
    sessionId,
    capabilities: { ...capabilities, "wdio:enforceWebDriverClassic": true },
    hostname,
    port: Number(port),
    path: pathname,
    logLevel: "error",
    connectionRetryCount: 0,
    connectionRetryTimeout: COMMAND_MS,
  });
}

async function loadWebdriverio(): Promise<{ attach(options: Value): Promise<unknown> }> {
  try {
    return (await import("webdriverio")) as unknown as { attach(options: Value): Promise<unknown> };
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw e;
    throw new AppiumFailure("setup", "webdriverio_missing", "WebdriverIO is not installed here: npm i -D webdriverio");
  }
}

/** Loads the library while the server starts: it takes a quarter of a second. */
export const warmUp = (): void => void loadWebdriverio().catch(() => {});
