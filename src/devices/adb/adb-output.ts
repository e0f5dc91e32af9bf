// Reads what adb prints. Its exit codes alone say little: a failed `connect` and a lost `shell` both end with 0.

export type ListedDevice = { serial: string; state: string; model: string | null };

/** `adb devices -l`. `serial`: whatever stands there, which need not be one that adb takes. */
export function parseDevices(text: string): ListedDevice[] {
  return text.split("\n").flatMap((line) => {
    const match =
      /^(\(no serial number\)|\S+)\s+(device|offline|unauthorized|authorizing|connecting|recovery|bootloader|no permissions|\w+)\b/.exec(
        line,
      );
    if (match === null || line.startsWith("List of") || line.startsWith("*")) return [];
    const [, serial = "", state = ""] = match;
    return [{ serial, state, model: /\bmodel:(\S+)/.exec(line)?.[1] ?? null }];
  });
}

export type ConnectOutcome = "connected" | "refused" | "unauthorized" | "failed";

/** `adb connect`: only these words say that it worked, and then the state still has to be looked at. */
export function parseConnect(text: string): ConnectOutcome {
  if (/^(already )?connected to /m.test(text)) return "connected";
  if (/failed to authenticate/.test(text)) return "unauthorized";
  if (/Connection refused|failed to resolve host|No route to host|Network is unreachable/i.test(text)) return "refused";
  return "failed";
}

export type Forward = { serial: string; local: string };

/** `adb forward --list`. */
export function parseForwards(text: string): Forward[] {
  return text.split("\n").flatMap((line) => {
    const [serial, local, remote] = line.trim().split(/\s+/);
    return serial === undefined || local === undefined || remote === undefined ? [] : [{ serial, local }];
  });
}

const END_MARK = /(?:^|\n)?__rc=(\d{1,3})\s*$/;
/** Added to every shell command: without it a lost connection looks like success with an empty answer. */
export const withEndMark = (command: string) => `${command}; echo __rc=$?`;

/** @returns `null` when the end mark is missing: the command did not end, or the phone was lost */
export function parseMarked(text: string): { out: string; code: number } | null {
  const clean = text.replaceAll("\r\n", "\n");
  const mark = END_MARK.exec(clean);
  return mark === null ? null : { out: clean.slice(0, mark.index), code: Number(mark[1]) };
}

/** `dumpsys account`: names of the accounts that the phone's apps are logged in with. */
export function parseAccounts(text: string, type: string | null): string[] {
  const found = [...text.matchAll(/Account \{name=(.*?), type=([^}]*)\}/g)];
  const names = found.filter(([, , of]) => type === null || of === type).map(([, name = ""]) => name);
  return [...new Set(names)];
}

/** `df`: free bytes of the last line; `null` if there is none. */
export function parseFree(text: string): number | null {
  const blocks = /^\S+\s+\d+\s+\d+\s+(\d+)\s+\d+%\s/m.exec(text)?.[1];
  return blocks === undefined ? null : Number(blocks) * 1024;
}

/** `adb version`: `1.0.41` is 41, the number that client and server compare. */
export function parseVersion(text: string): number | null {
  const found = /version 1\.0\.(\d+)/.exec(text)?.[1];
  return found === undefined ? null : Number(found);
}
