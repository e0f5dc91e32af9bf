// Structured evidence as drivers, systems and providers give it, in our own words, with the categories that are right.
import type { Category, Evidence } from "../../src/core/failure.ts";

type Row = [evidence: Evidence, right: Category[]];
const infra: Category[] = ["infrastructure"];
const futile: Category[] = ["infrastructure", "setup"];
const screen: Category[] = ["unknown", "infrastructure"];

export const EVIDENCE: readonly Row[] = [
  [{ message: "fetch failed", errorName: "TypeError", errno: "DEPTH_ZERO_SELF_SIGNED_CERT", step: "provider" }, futile],
  [
    {
      message: "fetch failed",
      errorName: "TypeError",
      step: "provider",
      cause: '["Error: getaddrinfo EAI_AGAIN api"]',
    },
    infra,
  ],
  [
    {
      message: "fetch failed",
      step: "upload",
      cause: "[\"Error: ENOENT: no such file or directory, open '/m/a.mp4'\"]",
    },
    ["content"],
  ],
  [
    { message: "terminated", errorName: "TypeError", step: "provider", cause: '["SocketError: other side closed"]' },
    infra,
  ],
  [{ message: "This operation was aborted", errorName: "AbortError", errno: "20", step: "provider" }, infra],
  [
    { message: "The operation was aborted due to timeout", errorName: "TimeoutError", errno: "23", step: "provider" },
    infra,
  ],
  [{ message: "Invalid URL", errorName: "TypeError", errno: "ERR_INVALID_URL", step: "provider" }, futile],
  [{ message: "HTTP 401 Unauthorized: {}", errorName: "HttpError", step: "provider", http: 401 }, futile],
  [{ message: "HTTP 403 Forbidden: {}", step: "provider", http: 403 }, futile],
  [{ message: "HTTP 404 Not Found: {}", step: "provider", http: 404 }, futile],
  [{ message: "HTTP 408 Request Timeout", step: "provider", http: 408 }, infra],
  [{ message: "HTTP 429 Too Many Requests", step: "provider", http: 429 }, infra],
  [{ message: "HTTP 503: please try again later", step: "provider", http: 503 }, infra],
  [{ message: "HTTP 504 Gateway Timeout", step: "provider" }, infra],
  [{ message: "API error: 522 -", step: "execute_job" }, infra],
  [{ message: "Phone not found: anna" }, ["setup"]],
  [{ message: "API 42001: Cloud phone does not exist", step: "provider" }, infra],
  [{ message: "API 43004: the cloud phone has expired", step: "provider" }, infra],
  [{ message: "API 49001: ADB is not enabled", step: "device" }, infra],
  [{ message: "{'code': 43005, 'msg': 'The cloud phone is running a task'}" }, infra],
  [{ message: "task failed, failCode: 20116" }, ["account"]],
  [{ message: "failCode: 20241, failDesc: video does not meet the requirements" }, ["content"]],
  [{ message: "failCode=29998" }, infra],
  [{ message: "spawn adb ENOENT", errorName: "Error", errno: "ENOENT", step: "device" }, futile],
  [{ message: "ENOENT: no such file or directory, open '/m/a.mp4'", errno: "ENOENT", step: "media" }, ["content"]],
  [{ message: "EACCES: permission denied, open '/m/a.mp4'", errno: "EACCES", step: "media" }, futile],
  [{ message: "EISDIR: illegal operation on a directory, read", errno: "EISDIR", step: "media" }, ["content"]],
  [{ message: "ENOSPC: no space left on device, write", errno: "ENOSPC", step: "media" }, infra],
  [{ message: "File size (3 GB) is greater than 2 GiB", errno: "ERR_FS_FILE_TOO_LARGE", step: "media" }, ["content"]],
  [
    {
      message:
        "Command failed: adb -s 10.0.0.7:5555 push nope.mp4 /sdcard\nadb: error: cannot stat 'nope.mp4': No such file or directory\n",
      exit: 1,
      step: "media",
    },
    ["content"],
  ],
  [
    {
      message:
        "Command failed: adb -s 10.0.0.7:5555 push v.mp4 /nope/v.mp4\nadb: error: failed to copy 'v.mp4' to '/nope/v.mp4': remote couldn't create file: No such file or directory\n",
      exit: 1,
      step: "media",
    },
    infra,
  ],
  [
    {
      message: "Command failed: ffprobe x.mp4\nx.mp4: Invalid data found when processing input",
      exit: 1,
      step: "media",
    },
    ["content"],
  ],
  [{ message: "spawn ffprobe ENOENT", errno: "ENOENT", step: "media" }, futile],
  [{ message: "adb: more than one device/emulator", exit: 1, step: "device" }, infra],
  [{ message: "error: device still authorizing", exit: 1, step: "device" }, infra],
  [{ message: "Command failed: adb connect 10.0.0.9:5555", signal: "SIGTERM", step: "device" }, infra],
  [
    { message: "Worker terminated due to reaching memory limit", errno: "ERR_WORKER_OUT_OF_MEMORY", step: "worker" },
    infra,
  ],
  [{ message: "exited with code 134", exit: 134, step: "worker" }, infra],
  [
    {
      message: "WebDriverError: no such window: target window already closed",
      errorName: "no such window",
      w3c: "no such window",
      step: "act",
    },
    infra,
  ],
  [
    {
      message: "WebDriverError: timeout: Timed out receiving message from renderer: 5.0",
      w3c: "timeout",
      step: "open",
    },
    infra,
  ],
  [{ message: "WebDriverError: stale element reference", errorName: "stale element reference", step: "act" }, screen],
  [{ message: "WebDriverError: move target out of bounds", w3c: "move target out of bounds", step: "act" }, screen],
  [
    { message: "WebDriverError: invalid argument: File not found : /m/a.mp4", w3c: "invalid argument", step: "media" },
    ["content"],
  ],
  [{ message: "WebDriverError: unknown error: net::ERR_NAME_NOT_RESOLVED", w3c: "unknown error", step: "open" }, infra],
  [
    {
      message: "WebDriverError: session not created: This version of ChromeDriver only supports Chrome version 114",
      w3c: "session not created",
      step: "session",
    },
    futile,
  ],
  [
    {
      message: "WebDriverError: Appium Settings app is not running after 30000ms",
      w3c: "unknown error",
      step: "session",
    },
    infra,
  ],
  [
    {
      message: 'Unable to connect to "http://127.0.0.1:4723/", make sure browser driver is running on that address.',
      step: "session",
    },
    infra,
  ],
  [
    {
      message: "WebDriverError: The instrumentation process cannot be initialized",
      w3c: "unknown error",
      step: "session",
    },
    infra,
  ],
  [
    { message: "unexpected alert open: {Alert text : Please log in again}", w3c: "unexpected alert open", step: "act" },
    ["account"],
  ],
  [{ message: "Your account has been disabled", errorName: "AppMessage", step: "outcome" }, ["account"]],
  [{ message: "Only mp4 files are allowed", errorName: "AppMessage", step: "outcome" }, ["content"]],
  [{ message: "Caption is required", errorName: "AppMessage", step: "outcome" }, ["content"]],
  [{ message: "NetworkError when attempting to fetch resource.", errorName: "AppMessage", step: "outcome" }, infra],
  [{ message: "[WinError 10054] An existing connection was forcibly closed by the remote host" }, infra],
  [{ message: "Command '['C:\\\\adb.exe', 'shell', 'wm size']' returned non-zero exit status 1." }, infra],
  [{ message: "appium: error: unrecognized arguments: --nope", errno: "2", step: "appium-start" }, futile],
];
