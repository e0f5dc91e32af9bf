// What an error thrown in a poster tells: its own typed word, or the structured evidence that lies in the error.
import { CATEGORIES, type Category } from "../../core/failure.ts";
import { millis } from "../../core/ids.ts";
import type { NotPosted, PosterEnd } from "../../core/poster-end.ts";

/** By its shape: the poster may have got the classes out of another copy of reprise. `null`: an error like any other. */
export function typedWord(e: unknown): NotPosted | null {
  if (!(e instanceof Error)) return null;
  const { category, cause, cooldown, retryAfter } = e as Error & Record<string, unknown>;
  if (!isCategory(category) || typeof cause !== "string") return null;
  return {
    type: "not_posted",
    category,
    cause,
    message: e.message === "" ? cause : e.message,
    retryAfterMs: milliseconds(retryAfter),
    cooldownMs: milliseconds(cooldown),
  };
}

const isCategory = (word: unknown): word is Category => CATEGORIES.some((c) => c === word);
const milliseconds = (seconds: unknown) =>
  typeof seconds === "number" && seconds >= 0 ? millis(Math.round(seconds * 1000)) : null;

/** Most causes below an error that are looked at. */
const DEPTH = 8;

/** The codes in an error and its causes: name, W3C code, system codes (innermost last), HTTP status. */
export function evidenceIn(e: unknown): PosterEnd["error"] {
  if (!(e instanceof Error)) return null;
  const chain = chainOf(e);
  const found: NonNullable<PosterEnd["error"]> = { errorName: e.name };
  const w3c = chain.map(w3cOf).find((code) => code !== null);
  if (w3c !== undefined && w3c !== null) found.w3c = w3c;
  const codes = [...new Set(chain.flatMap(({ code }) => (typeof code === "string" ? [code] : [])))];
  if (codes.length > 0) found.errno = codes.join(" > ");
  const http = chain.map(httpOf).find((status) => status !== null);
  if (http !== undefined && http !== null) found.http = http;
  return found;
}

type Link = Record<string, unknown>;

function chainOf(e: Error): Link[] {
  const chain: Link[] = [];
  let at: unknown = e;
  while (typeof at === "object" && at !== null && chain.length < DEPTH) {
    chain.push(at as Link);
    at = at instanceof AggregateError ? at.errors[0] : (at as Link).cause;
  }
  return chain;
}

/** WebdriverIO puts the code into `name`, and its own class before the message. */
function w3cOf({ name, message }: Link): string | null {
  if (typeof name !== "string" || name === "" || name.endsWith("Error")) return null;
  const isWebDriver = typeof message === "string" && message.startsWith("WebDriverError");
  return isWebDriver || /^[a-z]+( [a-z]+)+$/.test(name) ? name : null;
}

function httpOf({ status, statusCode, response }: Link): number | null {
  const nested = typeof response === "object" && response !== null ? (response as Link).status : undefined;
  const found = [status, statusCode, nested].find((n) => typeof n === "number" && n >= 400 && n <= 599);
  return typeof found === "number" ? found : null;
}

/** In the words of a log: the message, of a mistake in the poster's own file with the way there. */
export function textOf(e: unknown, posterFile: string): string {
  if (!(e instanceof Error)) return typeof e === "string" ? e : `thrown: ${JSON.stringify(e) ?? String(e)}`;
  const isMistake = /^(Type|Reference|Range|Syntax)Error$/.test(e.name) && firstFrame(e).includes(posterFile);
  const causes = chainOf(e)
    .slice(1)
    .flatMap(({ message }) => (typeof message === "string" ? [`caused by: ${message}`] : []));
  const own = isMistake ? framesOf(e) : e.message === "" ? e.name : e.message;
  return [own, ...causes].join("\n");
}

const firstFrame = (e: Error) => e.stack?.split("\n").find((line) => line.trimStart().startsWith("at ")) ?? "";
const framesOf = (e: Error) => e.stack?.split("\n").slice(0, 8).join("\n") ?? `${e.name}: ${e.message}`;
