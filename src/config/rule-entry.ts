// One rule of the user's: what it asks for, and what it says.
import { CATEGORIES, type Category } from "../core/failure.ts";
import { nearest } from "../core/nearest.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { Range, UserRule } from "../core/user-rule.ts";
import { parseDuration } from "./duration.ts";
import { linearPattern } from "./linear-pattern.ts";
import type { Tree } from "./yaml-tree.ts";

type Mistake = { line: number; message: string };
type Entry = { key: string; line: number; value: Tree };

/** What a rule says, and what it asks for: at least one of the latter. */
const SAYS = ["id", "category", "cause", "cooldown", "retry_after", "rate_limited", "unconfirmed"];
const ASKS = ["text", "not_text", "step", "w3c", "errno", "http", "exit", "provider", "said"];
const KEYS = [...SAYS, ...ASKS];

/** Reads one entry of `rules:`. The error's message is fit to stand after "file:line: ". */
export async function readRule(value: Tree, line: number): Promise<Result<UserRule, Mistake>> {
  if (value.kind !== "map")
    return err({ line, message: "a rule must be a map, such as {id: my-rule, text: ..., category: ...}" });
  const fields = new Map<string, Entry>();
  for (const entry of value.entries) {
    if (!KEYS.includes(entry.key)) return err({ line: entry.line, message: unknownKey(entry.key) });
    fields.set(entry.key, entry);
  }
  try {
    return ok(await ruleOf(fields, line));
  } catch (error) {
    if (error instanceof Refused) return err(error.mistake);
    throw error;
  }
}

class Refused extends Error {
  readonly mistake: Mistake;
  constructor(line: number, message: string) {
    super(message);
    this.mistake = { line, message };
  }
}

type Fields = ReadonlyMap<string, Entry>;

async function ruleOf(fields: Fields, line: number): Promise<UserRule> {
  const needed = (key: string, allowed: string) => {
    const entry = fields.get(key);
    if (entry === undefined) throw new Refused(line, `a rule has no ${key}: ${allowed}`);
    return entry;
  };
  const id = matching(needed("id", ID_ALLOWED), /^[a-z0-9][a-z0-9._-]{0,63}$/i, ID_ALLOWED);
  const category = categoryOf(needed("category", CATEGORY_ALLOWED));
  const cause = matching(needed("cause", CAUSE_ALLOWED), /^[a-z][a-z0-9_]{0,63}$/, CAUSE_ALLOWED);
  if (!ASKS.some((key) => key !== "not_text" && fields.has(key))) {
    throw new Refused(
      line,
      `rule ${id} fits every failure: give it at least one of ${ASKS.filter((k) => k !== "not_text").join(", ")}`,
    );
  }
  return {
    id,
    category,
    cause,
    ...timesOf(fields, category),
    unconfirmed: yes(fields.get("unconfirmed")),
    finds: await patternOf(fields.get("text")),
    misses: await patternOf(fields.get("not_text")),
    steps: texts(fields.get("step")),
    w3c: texts(fields.get("w3c"))?.map((t) => t.toLowerCase()) ?? null,
    errno: texts(fields.get("errno"))?.map((t) => t.toUpperCase()) ?? null,
    http: ranges(fields.get("http"), 999),
    exit: ranges(fields.get("exit"), 255),
    provider: ranges(fields.get("provider"), 99_999_999),
    said: saidOf(fields.get("said")),
  };
}

const ID_ALLOWED = "must be 1 to 64 letters, digits, dots, dashes or underscores";
const CAUSE_ALLOWED = "must be a short snake_case name, such as wifi_lost";
const CATEGORY_ALLOWED = `must be one of ${CATEGORIES.join(", ")}`;

function categoryOf(entry: Entry): Category {
  const text = leaf(entry);
  const found = CATEGORIES.find((c) => c === text);
  if (found !== undefined) return found;
  const meant = nearest(text, CATEGORIES);
  throw refused(entry, CATEGORY_ALLOWED + (meant === null ? "" : `; did you mean ${meant}?`));
}

function timesOf(fields: Fields, category: Category): Pick<UserRule, "cooldownMs" | "retryAfterMs" | "rateLimited"> {
  const times: Pick<UserRule, "cooldownMs" | "retryAfterMs" | "rateLimited"> = {};
  const [cooldown, retryAfter, limited] = ["cooldown", "retry_after", "rate_limited"].map((key) => fields.get(key));
  if (cooldown !== undefined && category !== "account") throw refused(cooldown, "goes with category account only");
  for (const entry of [retryAfter, limited]) {
    if (entry !== undefined && category !== "infrastructure")
      throw refused(entry, "goes with category infrastructure only");
  }
  if (cooldown !== undefined) times.cooldownMs = time(cooldown);
  // who names a time asks to slow down, as a 429 does
  if (retryAfter !== undefined) Object.assign(times, { retryAfterMs: time(retryAfter), rateLimited: true });
  if (limited !== undefined) times.rateLimited = yes(limited);
  return times;
}

function time(entry: Entry): number {
  const read = parseDuration(leaf(entry));
  if (read === null || read < 0 || read > 90 * 86_400_000) {
    throw refused(entry, "must be a time up to 90 days, such as 30 (seconds), 5m or 24h");
  }
  return read;
}

function yes(entry: Entry | undefined): boolean {
  if (entry === undefined) return false;
  const text = leaf(entry).toLowerCase();
  if (text !== "true" && text !== "false") throw refused(entry, "must be true or false");
  return text === "true";
}

async function patternOf(entry: Entry | undefined): Promise<UserRule["finds"]> {
  const patterns = texts(entry);
  if (entry === undefined || patterns === null) return null;
  const finders: ((text: string) => string | null)[] = [];
  for (const pattern of patterns) {
    const made = await linearPattern(pattern);
    if (!made.ok) throw new Refused(entry.line, `${entry.key} is "${shortened(pattern)}": ${made.error}`);
    finders.push(made.value);
  }
  return (text) => {
    for (const find of finders) {
      const found = find(text);
      if (found !== null) return found;
    }
    return null;
  };
}

function saidOf(entry: Entry | undefined): string[] | null {
  const said = texts(entry);
  const isKnown = (s: string) => CATEGORIES.some((c) => s === c || s.startsWith(`${c}/`));
  if (entry !== undefined && said?.every(isKnown) === false) {
    throw refused(entry, `must be a poster's typed word: a category (${CATEGORIES.join(", ")}), or category/cause`);
  }
  return said;
}

function ranges(entry: Entry | undefined, max: number): Range[] | null {
  if (entry === undefined) return null;
  return (texts(entry) ?? []).map((text) => {
    const match = /^(\d{1,8})(?:\s*-\s*(\d{1,8}))?$/.exec(text);
    const from = Number(match?.[1]);
    const to = Number(match?.[2] ?? match?.[1]);
    if (match === null || from > to || to > max) {
      throw refused(entry, `must be numbers up to ${max}, or ranges such as 500-599, one or a list`);
    }
    return { from, to };
  });
}

function matching(entry: Entry, pattern: RegExp, allowed: string): string {
  const text = leaf(entry);
  if (!pattern.test(text)) throw refused(entry, allowed);
  return text;
}

/** One text or a list of them, none empty. */
function texts(entry: Entry | undefined): string[] | null {
  if (entry === undefined) return null;
  const { value } = entry;
  const items = value.kind === "list" ? value.items.map((i) => i.value) : [value];
  const read = items.flatMap((i) => (i.kind === "leaf" && i.text !== "" ? [i.text] : []));
  if (read.length < items.length || read.length === 0) throw refused(entry, "must be a text or a list of texts");
  return read;
}

function leaf(entry: Entry): string {
  if (entry.value.kind !== "leaf") throw refused(entry, "must be a single value");
  return entry.value.text;
}

function refused({ key, line, value }: Entry, allowed: string): Refused {
  const shown = value.kind === "leaf" ? ` is "${shortened(value.text)}"` : "";
  return new Refused(line, `${key}${shown}: ${allowed}`);
}

const shortened = (text: string) => (text.length > 80 ? `${text.slice(0, 80)}...` : text).replace(/\p{Cc}+/gu, " ");

function unknownKey(key: string): string {
  const meant = nearest(key, KEYS);
  return `unknown key ${key} of a rule; ${meant === null ? `known: ${KEYS.join(", ")}` : `did you mean ${meant}?`}`;
}
