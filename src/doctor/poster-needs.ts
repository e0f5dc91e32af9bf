// What a module poster asks of this machine, read from its text: running it would be more than a look.

export type PosterNeeds = {
  /** Appium's drivers by their short names, such as `uiautomator2`. */
  drivers: string[];
  /** Paths of browser and its driver where the text names them; `null`: not named. */
  browser: string | null;
  chromedriver: string | null;
};

const DRIVER = /automationName["'`]?\s*[:=]\s*["'`]([\w-]+)["'`]/g;
/** A path as it stands, or behind `process.env.NAME ??`. */
const PATH = /(?:process\.env\.(\w+)\s*(?:\?\?|\|\|)\s*)?["'`](\/[^"'`\n$]*\bchrom[^"'`\n$]*)["'`]/g;

/** @param hasPhones  a poster that opens a driver it does not name means the phone's */
export function posterNeeds(text: string, env: Record<string, string | undefined>, hasPhones: boolean): PosterNeeds {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|(?<![:"'`\w])\/\/.*$/gm, "");
  const named = [...code.matchAll(DRIVER)].map(([, name = ""]) => name.toLowerCase());
  const meant = named.length === 0 && hasPhones && /\bdriver\s*[(<]/.test(code) ? ["uiautomator2"] : named;
  const paths = [...code.matchAll(PATH)].map(([, name, path = ""]) => env[name ?? ""] || path);
  const chromedriver = paths.find((path) => /chromedriver/.test(path)) ?? null;
  const browser = paths.find((path) => !/chromedriver/.test(path)) ?? null;
  return { drivers: [...new Set(meant)], browser, chromedriver };
}
