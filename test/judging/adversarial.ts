// A thousand hostile messages, all of them retryable in truth: words of blocks in captions, denials, other languages,
// lines of a megabyte, bombs for regular expressions, control characters.
import { ACCOUNT, ACCOUNT_ABROAD, CONTENT, NOT_SAYING, SETUP } from "./phrases.ts";

const WORDS = [...ACCOUNT, ...ACCOUNT_ABROAD, ...CONTENT];
const RETRYABLE = [
  "adb: device offline",
  "read ECONNRESET",
  "socket hang up",
  "Loop stuck on action: wait",
  "HTTP 503 from the provider",
];
const at = <T>(list: readonly T[], i: number): T => list[i % list.length] as T;

const quoted = (i: number) => at(NOT_SAYING, i)(at(WORDS, i * 7));
/** A caption that holds words of a block, among words of a machine. */
const inCaption = (i: number) =>
  `could not type caption: "${at(WORDS, i)} ${at(WORDS, i * 3 + 1)} #banned"\n${at(RETRYABLE, i)}`;
const inCommand = (i: number) =>
  `Command failed: adb -s 10.0.0.7:5555 shell input text '${at(WORDS, i).replaceAll("'", "")}'\nerror: device offline`;
const inPayload = (i: number) =>
  `WebDriverError: socket hang up when running "element/1/value" with method "POST" and body {"text":${JSON.stringify(at(WORDS, i))}}`;
const inSetup = (i: number) => `The caption reads "${at(SETUP, i).replaceAll('"', "")}". ${at(RETRYABLE, i)}`;

const megabyte = (unit: string) => unit.repeat(Math.ceil(1_000_000 / unit.length));
const UNITS = [
  "a",
  " ",
  "account ",
  "no ",
  "caption: ",
  "'",
  '"',
  "element ",
  "/",
  "suspended, ",
  "x.mp4 ",
  "http ",
  "\u001b[31m",
  "if ",
  "\n",
  "is not ",
  "\u0000",
  "\ud83d\ude00",
  "a\u0301",
  "\u202e",
  "((((",
  "aaaaaaaaaaaaaaaa!",
  "at x (y:1:1)\n",
  'caption "',
  "command failed: ",
  "keep open to ",
  "is still being ",
];
const huge = (i: number) => `${at(RETRYABLE, i)} ${megabyte(at(UNITS, i))}`;
const controls = (i: number) => {
  const noise = ["\u0000", "\u0007", "\u001b[2J", "\u200b", "\u202e", "\ufeff", "\r"];
  return [...`no "${at(WORDS, i)}" notice here. ${at(RETRYABLE, i)}`]
    .map((c, n) => (n % 9 === 0 ? at(noise, n + i) + c : c))
    .join("");
};

const times = (n: number, make: (i: number) => string) => Array.from({ length: n }, (_, i) => make(i));

export const ADVERSARIAL: readonly string[] = [
  ...times(540, quoted),
  ...times(150, inCaption),
  ...times(80, inCommand),
  ...times(60, inPayload),
  ...times(60, inSetup),
  ...times(80, controls),
  ...times(30, huge),
];
