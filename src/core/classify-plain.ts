// One spelling for what is compared: rules and texts are both written so before they meet.

/**
 * The part of a text that is judged: all of a short one, of a long one the first 4 kB and the last 8 kB.
 *
 * What went wrong stands at the start of an error and at the end of a log; this bounds the time of every rule.
 */
export function judgedPart(text: string): string {
  return text.length > HEAD + TAIL ? `${text.slice(0, HEAD)}\n${text.slice(-TAIL)}` : text;
}

/** Lower case, plain quotes and spaces, no colours, no accents, nothing invisible. Only the judged part of a long text. */
export function plainText(text: string): string {
  const lower = judgedPart(text).toLowerCase();
  return ONLY_PLAIN.test(lower) ? lower : respelt(lower);
}

const HEAD = 4096;
const TAIL = 8192;
const ONLY_PLAIN = /^[\n\x20-\x7e]*$/;
const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*[a-z]`, "g");

function respelt(text: string): string {
  return text
    .replace(COLOUR, "")
    .replace(/[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/g, "") // invisible
    .replace(/\r\n|[\u2028\u2029]/g, "\n")
    .replace(/[\u2018\u2019\u201b\u2032]/g, "'")
    .replace(/[\u201c-\u201f\u00ab\u00bb\u2033\u300c-\u300f]/g, '"')
    .normalize("NFKD") // "é" becomes "e" and a mark; "…" becomes "..."
    .replace(/\p{Mn}/gu, "")
    .normalize("NFC")
    .replace(/\u0131/g, "i")
    .replace(/\u0142/g, "l")
    .replace(/\u0111/g, "d")
    .replace(/\u00df/g, "ss")
    .replace(/[\p{Zs}\t]|(?!\n)\p{Cc}/gu, " ");
}
