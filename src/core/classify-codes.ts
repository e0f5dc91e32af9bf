// Structured evidence and what it means. Data only: codes of ours, of W3C WebDriver, of systems, of HTTP, of a provider.
import type { Category } from "./failure.ts";

/**
 * What one code says. `byText`: the code alone does not tell; the text rules are asked first. `retryAfterMs`: when to come
 * back, unless the evidence says it, ms.
 */
export type CodeMeaning = {
  category: Category;
  cause: string;
  byText?: boolean;
  rateLimited?: boolean;
  retryAfterMs?: number;
};
type Table = Readonly<Record<string, CodeMeaning>>;

const infrastructure = (cause: string): CodeMeaning => ({ category: "infrastructure", cause });
const setup = (cause: string): CodeMeaning => ({ category: "setup", cause });
const content = (cause: string): CodeMeaning => ({ category: "content", cause });
const unknown = (cause: string): CodeMeaning => ({ category: "unknown", cause });
const byText = (meaning: CodeMeaning): CodeMeaning => ({ ...meaning, byText: true });

/** Ends that reprise itself saw. Any other `media_*` is the content's. */
export const OWN_CAUSES: Table = {
  attempt_timeout: infrastructure("attempt_timeout"),
  worker_lost: infrastructure("worker_lost"),
  poster_killed: infrastructure("poster_killed"),
  stopped: infrastructure("stopped"),
  own_crash: infrastructure("own_crash"),
  media_folder_missing: setup("media_folder_missing"),
  media_mount_lost: setup("media_mount_lost"),
  too_late: content("too_late"),
};

/** System codes under which a poster that did not start is the machine's passing trouble; under others it is set up wrong. */
export const BUSY_ERRNOS: readonly string[] = ["EAGAIN", "EMFILE", "ENFILE", "ENOMEM", "EBUSY", "ETXTBSY"];

// The screen was not what the poster expected: nobody's proven fault, and surely not the account's.
const screen = unknown("screen_unexpected");
const session = infrastructure("session_lost");

export const W3C: Table = {
  "element click intercepted": screen,
  "element not interactable": screen,
  "element not selectable": screen,
  "invalid element state": screen,
  "move target out of bounds": screen,
  "no such alert": screen,
  "no such element": screen,
  "no such frame": screen,
  "no such shadow root": screen,
  "stale element reference": screen,
  "detached shadow root": screen,
  "no such cookie": screen,
  "invalid cookie domain": screen,
  "unable to set cookie": screen,
  "javascript error": unknown("page_script_error"),
  "invalid argument": byText(unknown("driver_refused_argument")),
  "invalid session id": session,
  "no such driver": session,
  "no such window": infrastructure("window_gone"),
  "no such context": infrastructure("window_gone"),
  timeout: infrastructure("driver_timeout"),
  "script timeout": infrastructure("driver_timeout"),
  "unable to capture screen": infrastructure("screenshot_failed"),
  "insecure certificate": infrastructure("tls"),
  "invalid selector": setup("poster_bug"),
  "unknown method": setup("driver_mismatch"),
  "unsupported operation": setup("driver_mismatch"),
  "unknown command": setup("driver_mismatch"),
  // Appium wraps nearly all of adb's and UiAutomator2's errors in these two.
  "unknown error": byText(infrastructure("driver_error")),
  "session not created": byText(infrastructure("session_not_created")),
  // The alert's words are in the message: the one code under which a screen may blame the account.
  "unexpected alert open": byText(screen),
};
export const W3C_SHOWS_SCREEN = "unexpected alert open";

const network = infrastructure("network");
const host = infrastructure("host_resources");
const path = byText(unknown("path"));

export const ERRNOS: Table = {
  ...table("ECONNRESET ECONNREFUSED ECONNABORTED ETIMEDOUT ESOCKETTIMEDOUT EPIPE ENOTCONN", network),
  ...table("ENOTFOUND EAI_AGAIN EAI_NODATA EAI_NONAME EHOSTUNREACH EHOSTDOWN ENETUNREACH ENETDOWN ENETRESET", network),
  ...table(
    "ERR_STREAM_PREMATURE_CLOSE ERR_SOCKET_CONNECTION_TIMEOUT ERR_SOCKET_CLOSED ERR_NETWORK ERR_TIMEOUT",
    network,
  ),
  ...table("ABORT_ERR ERR_CANCELED", infrastructure("aborted")),
  ...table("EADDRINUSE EADDRNOTAVAIL", infrastructure("port_in_use")),
  ...table("ENOSPC EDQUOT EMFILE ENFILE ENOMEM EAGAIN EIO EBUSY EROFS ETXTBSY ENOBUFS", host),
  ...table("ERR_WORKER_OUT_OF_MEMORY ERR_CHILD_PROCESS_STDIO_MAXBUFFER", host),
  ...table(
    "MODULE_NOT_FOUND ERR_MODULE_NOT_FOUND ERR_DLOPEN_FAILED ERR_UNKNOWN_FILE_EXTENSION",
    setup("module_missing"),
  ),
  ...table("ERR_INVALID_URL ERR_INVALID_ARG_TYPE ERR_INVALID_ARG_VALUE ERR_OUT_OF_RANGE", setup("poster_bug")),
  ...table("ERR_ASSERTION ERR_METHOD_NOT_IMPLEMENTED ERR_UNHANDLED_REJECTION ERR_USE_AFTER_CLOSE", setup("poster_bug")),
  ...table("EACCES EPERM", setup("permission_denied")),
  ...table("ENAMETOOLONG ERR_FS_FILE_TOO_LARGE EFBIG", content("media_unusable")),
  ...table("ENOENT EISDIR ENOTDIR ELOOP ENXIO", path),
  WAIT_UNTIL_TIMEOUT: screen,
};

/** Families of codes, tried where the code itself is not in the table. */
export const ERRNO_PREFIXES: readonly (readonly [prefix: string, CodeMeaning])[] = [
  ["UND_ERR_INVALID_ARG", setup("poster_bug")],
  ["UND_ERR_", network],
  ["ERR_HTTP2_", network],
  ["HPE_", network],
  ["Z_", infrastructure("answer_unreadable")],
  ["ERR_SSL_", infrastructure("tls")],
  ["ERR_TLS_", infrastructure("tls")],
  ["CERT_", infrastructure("tls")],
  ["DEPTH_ZERO_", infrastructure("tls")],
  ["SELF_SIGNED_", infrastructure("tls")],
  ["UNABLE_TO_", infrastructure("tls")],
  ["ERR_PACKAGE_", setup("module_missing")],
  ["ERR_REQUIRE_", setup("module_missing")],
];

/** In a step that reads media these are the job's own file's, elsewhere a tool's or nobody's. */
export const MEDIA_ERRNOS: readonly string[] =
  "ENOENT EISDIR ENOTDIR ELOOP ENXIO ERR_INVALID_ARG_VALUE ERR_FS_FILE_TOO_LARGE ERR_STRING_TOO_LONG".split(" ");
export const MEDIA_UNUSABLE = content("media_unusable");
/** The driver refused the media: the code alone does not tell, the text is asked first. */
export const MEDIA_REFUSED = byText(content("media_refused"));

/** Statuses of a provider's API (a platform's screens have none). 5xx and the rest of 4xx: `httpMeaning`. */
export const HTTP: Table = {
  400: byText(unknown("http_400")),
  422: byText(unknown("http_422")),
  401: setup("provider_auth"),
  403: setup("provider_auth"),
  407: setup("provider_auth"),
  413: content("media_too_large"),
  415: content("media_refused"),
  429: { category: "infrastructure", cause: "rate_limited", rateLimited: true },
  402: infrastructure("provider_payment"),
};
export const HTTP_OTHER = {
  3: infrastructure("provider_error"),
  4: infrastructure("provider_error"),
  5: infrastructure("provider_error"),
};

const SLOW_DOWN = { category: "infrastructure", cause: "rate_limited", rateLimited: true } as const;
const MINUTE = 60_000;

/**
 * Codes in the body of a cloud phone API (GeeLark's public list; HTTP 200 with a code). First range that fits.
 * Tasks' codes (20xxx) tell apart account and content; all others are the provider's.
 */
export const PROVIDER_CODES: readonly (readonly [ranges: string, CodeMeaning])[] = [
  ["40007", { ...SLOW_DOWN, retryAfterMs: MINUTE }],
  ["40014", { ...SLOW_DOWN, retryAfterMs: 120 * MINUTE }], // locked for two hours
  ["42001-42002 43004-43010 43020-43029 47001-47004 49001-49002", infrastructure("phone_unavailable")],
  ["45002", infrastructure("proxy_down")],
  ["41001", infrastructure("provider_payment")],
  [
    "20115-20117 20125-20128 20130-20131 20136-20137 20143-20145 20255 20264 20319-20324 20607",
    { category: "account", cause: "refused_by_platform" },
  ],
  [
    "20204 20220-20222 20228-20229 20237 20241 20244 20252-20253 20259 20263 20266 60004",
    content("refused_by_platform"),
  ],
  [
    "20002 20100-20103 20108-20112 20122 20129 20200-20203 20208 20257 29997-29998",
    infrastructure("provider_task_failed"),
  ],
  ["20000-29999", unknown("provider_task_failed")],
  ["40000-50999", infrastructure("provider_error")],
];

/** Task codes of an end without proof: it may have posted. */
export const PROVIDER_IN_DOUBT: readonly number[] = [20003];

function table(codes: string, meaning: CodeMeaning): Table {
  return Object.fromEntries(codes.split(" ").map((code) => [code, meaning]));
}
