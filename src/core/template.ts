// The part of a failure's text that stays when account, device, address, time and every other accident are taken out.
// Stateless on purpose: one text always gives one template, on every host and at every re-reading (a log miner such as Drain
// names a group by what it saw before).

/** What is known to differ from one attempt to the next. Shorter words than three letters are left alone. */
export type KnownWords = {
  account?: string | null;
  device?: string | null;
  job?: string | null;
  media?: string | null;
  caption?: string | null;
};

/**
 * Text with `<kind>` where something varied, at most `LONGEST_WORDS` words; empty when nothing is left. Total, linear.
 *
 * @param keepNames  quoted names are what it is about: modules, drivers, attributes (set-up failures)
 */
export function templateOf(message: string, known: KnownWords = {}, keepNames = false): string {
  const line = innermost(tellingLine(withoutKnown(cut(message), known)));
  let text = line.replace(WEBDRIVER_REQUEST, "").replace(ADVICE, "");
  for (const [pattern, by] of COMMANDS) text = text.replace(pattern, by);
  for (const [pattern, kind] of VARIABLES) text = text.replace(pattern, kind);
  text = withoutQuotes(text, keepNames ? NAME : CODE).replace(WITH_DIGIT, "<n>");
  return shortened(joined(withoutPrefix(text)));
}

/** The same for all kinds of accident: whether a phone is named by serial or by address says nothing of the cause. */
export function templateKey(template: string): string {
  return template
    .replace(/<[a-z]+>(?:[^\p{L}<]{0,3}<[a-z]+>)*/gu, "*")
    .toLowerCase()
    .replace(/[^\p{L}*]+/gu, " ")
    .trim();
}

const LONGEST_TEXT = 4096;
const LONGEST_WORDS = 14;

/** Head and tail: what a huge log says in between is not looked at. */
function cut(message: string): string {
  if (message.length <= 2 * LONGEST_TEXT) return message;
  return `${message.slice(0, LONGEST_TEXT)}\n${message.slice(-LONGEST_TEXT)}`;
}

function withoutKnown(text: string, known: KnownWords): string {
  let rest = text;
  const words = Object.entries(known)
    .flatMap(([kind, word]) => formsOf(kind, word ?? ""))
    .sort(([a], [b]) => b.length - a.length);
  for (const [word, kind] of words) rest = replaceWord(rest, word, kind);
  return rest;
}

/** A media path also by its name alone. */
function formsOf(kind: string, word: string): [word: string, kind: string][] {
  const forms = kind === "media" ? [word, word.split(/[\\/]/).at(-1) ?? ""] : [word];
  return forms.filter((form) => form.length >= 3 && !VOCABULARY.test(form)).map((form) => [form, `<${kind}>`]);
}

/** An account may be called "error": words that failures are told in are left alone. */
const VOCABULARY =
  /^(?:account|adb|android|app|attempt|button|caption|code|command|connection|device|element|error|exception|failed|failure|file|found|home|host|instagram|instrumentation|job|login|media|message|network|not|offline|online|page|phone|port|post|posting|process|profile|provider|request|running|screen|server|service|session|share|socket|step|suspended|tap|the|time|timed|timeout|upload|user|video|was|worker)$/i;

/** Whole words only: account `ana` does not stand in "analysis". */
function replaceWord(text: string, word: string, by: string): string {
  let rest = "";
  let from = 0;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
    if (isLetter(text[at - 1]) || isLetter(text[at + word.length])) continue;
    rest += text.slice(from, at) + by;
    from = at + word.length;
  }
  return rest + text.slice(from);
}

const isLetter = (letter: string | undefined) => letter !== undefined && /[\p{L}\p{N}_]/u.test(letter);

// --- which line tells -----------------------------------------------------------------------------------------------

const ANSI = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]{0,20}[A-Za-z]`, "g");
/** From here on: frames, or somebody's description of a screen. */
const ENDS =
  /^\s*(?:stack ?trace:|backtrace:)|[-–—:(]\s{0,3}(?:vision|screen|screenshot|image) analysis\b|\bresponse: looking at\b/i;
const FRAME =
  /^\s*(?:at\s.{1,300}[:(]|file "|traceback|\.{3} \d|\^|caused by:?\s*$|node\.js v|node:internal|\(session info|~{3}|\d+ ?\|)|^\s*[\w$./\\-]{1,200}:\d+(?::\d+)?\)?$/i;
const TELLS =
  /error|exception|fail|fatal|panic|cannot|can't|could ?n[o']t|unable|refused|denied|rejected|time[ds]?[ -]?out|not (?:found|running|connected|installed|respond)|no such|lost|offline|crash|unavailable|too many|unexpected|unauthori[sz]ed|missing|invalid/i;

/** The last line that speaks of a failure; else the first there is. */
function tellingLine(text: string): string {
  const lines: string[] = [];
  for (const raw of text.replace(ANSI, "").split(/[\r\n]+/)) {
    const end = ENDS.exec(raw);
    const line = end === null ? raw : raw.slice(0, end.index);
    if (line.trim() !== "" && !FRAME.test(line)) lines.push(line.trim());
    if (end !== null) break;
  }
  return lines.findLast((line) => TELLS.test(line)) ?? lines[0] ?? "";
}

/** Of errors that wrap each other the innermost: it is nearest to the cause. */
function innermost(line: string): string {
  const parts = line.split(/\b(?:original error|caused by|reason|message):?\s+/i);
  return parts.findLast((part) => /\p{L}{3}.*\p{L}{3}/u.test(part)) ?? line;
}

// --- what varies ----------------------------------------------------------------------------------------------------

/** WebdriverIO's appendix: which command it was that met the failure. */
const WEBDRIVER_REQUEST = /\bwhen running ".{0,500}$/i;
/** What to do about it, as some programs append. */
const ADVICE =
  /[.;,]\s{1,3}(?:for documentation|for more|please|make sure|check the|try (?:to|again)|read (?:the|http)|see |have you|examine|note:|hint:).*$/i;
/** Which command adb was given is an accident as well: the phone did not answer. */
const COMMANDS: readonly (readonly [pattern: RegExp, by: string])[] = [
  [/'?\bCommand '{1,2}[^\n]{0,400}?'? (timed out|exited with)/i, "command $1"],
  [/\bCommand '\[[^\]\n]{0,400}\]' (timed out|returned)/i, "command $1"],
  [/\badb(?:\.exe)?['"]{0,2}(?:\s+-[A-Z]\s+\S{1,100}|\s+-s\s+\S{1,100}){1,4}/g, "adb"],
];
const WITH_DIGIT = /[^\s<>"'()[\]{},;:=/]*\d[^\s<>"'()[\]{},;:=/]*/g;

const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi;
/** Most telling first. Every pattern is linear: one class repeated, or bounded. */
const VARIABLES: readonly (readonly [pattern: RegExp, kind: string])[] = [
  [/\b[a-z][a-z0-9+.-]{1,15}:\/\/[^\s"'<>]+/gi, "<url>"],
  [UUID, "<id>"],
  [/[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64}/g, "<account>"],
  [/(?<![\w.])@[\w.]{2,64}/g, "<account>"],
  [/#(?=\p{L})[\p{L}\p{N}_]{2,100}/gu, "<tag>"],
  [/\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)?/g, "<time>"],
  [/\b\d{1,2}[/.]\d{1,2}[/.]\d{2,4}\b/g, "<time>"],
  [/\b\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d{1,9})?(?:\s?[ap]m)?\b/gi, "<time>"],
  [/\b\d+(?:[.,]\d+)?\s?(?:ms|millis(?:econds)?|s|secs?|seconds?|m|mins?|minutes?|h|hours?|d|days?)\b/gi, "<duration>"],
  [/\b\d+(?:[.,]\d+)?\s?(?:[kmgt]i?b|bytes?)\b/gi, "<size>"],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?:\\?:\d{1,5})?/g, "<address>"],
  [/\[[0-9a-f:]{3,40}\](?::\d{1,5})?|(?<![\w:])(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4}(?![\w:])/gi, "<address>"],
  [/\b(?:localhost|[a-z][a-z0-9-]{0,62}(?:\.[a-z0-9-]{1,63}){1,8}):\d{1,5}\b/gi, "<address>"],
  [/(?<![\w<])[a-z]:\\{1,2}[^\s"'<>|]+/gi, "<path>"],
  [/(?<![\w<>/])(?:~|\.{1,2})?\/[\w.@%+~-]+(?:\/[\w.@%+~-]*)*/g, "<path>"],
  [/[\w-]{1,200}\.(?:mp4|mov|m4v|webm|mkv|jpe?g|png|gif|heic|webp|txt|json|csv|apk|log|tmp)\b/gi, "<file>"],
  [/(?<![\w<])(?:0x)?(?=[0-9a-f]{0,40}\d)(?=[0-9a-f]{0,40}[a-f])[0-9a-f]{8,}\b/gi, "<id>"],
];

/** `com.app:id/share`, `press_keycode` */
const CODE = /^[A-Za-z$]+(?:[_.:/][A-Za-z$]+)+$/;
/** Besides, any single word. */
const NAME = /^[@A-Za-z$]+(?:[_.:/-][A-Za-z$]+)*$/;

/** Words of others: a caption, a name, a button. What looks like code is the program's own and stays. */
function withoutQuotes(text: string, stays: RegExp): string {
  const replaced = (quoted: string) => {
    const inner = quoted.slice(1, -1);
    return stays.test(inner) ? inner : "<text>";
  };
  return text
    .replace(/"([^"\n]{0,400})"|“([^”\n]{0,400})”|«([^»\n]{0,400})»|`([^`\n]{0,400})`/g, replaced)
    .replace(/(?<![\p{L}\p{N}>])['‘]([^'’\n]{1,400})['’](?![\p{L}\p{N}<])/gu, replaced);
}

// --- what is left ---------------------------------------------------------------------------------------------------

const LEVEL = /^(?:ERROR|WARN(?:ING)?|INFO|DEBUG|FATAL|CRITICAL|SEVERE)\s+/;
const PREFIX =
  /^(?:[\s:|>•*#.,-]+|\[[^\]\n]{0,60}\]|<[a-z]+>[\s:|-]+|(?:error|warn(?:ing)?|info|debug|fatal|critical|severe)\s?[:!|\]-]+\s*|\w{0,60}(?:error|exception)(?:\s?\(\w{0,60}\))?:\s*|(?:[\w-]{1,60}\.){1,8}\w{1,60}(?:error|exception):\s*|(?:worker|slot|thread|pid|job|attempt)[ #=:]{0,2}<[a-z]+>\s?[:|,\]-]+\s*)/i;

/** Time stamps, levels, tags and names of error classes that some loggers put in front and others do not. */
function withoutPrefix(text: string): string {
  let rest = text;
  for (let tries = 0; tries < 8; tries++) {
    const shorter = rest.replace(LEVEL, "").replace(PREFIX, "");
    if (shorter === rest || !/\p{L}{2}/u.test(shorter.replaceAll(/<[a-z]+>/g, ""))) break;
    rest = shorter;
  }
  return rest;
}

function joined(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

function shortened(text: string): string {
  const words = text.split(" ").slice(0, LONGEST_WORDS).join(" ");
  return words.replace(/[\s'"“:;,({[-]+$/, "");
}
