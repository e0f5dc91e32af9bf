// Text from outside (names, captions, messages, paths) on its way to a terminal.

/** Whitespace that would break a line. */
const BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;
/** All controls (C0, DEL, C1), and the marks that are unseen or turn the reading direction: they can hide or forge what is shown. */
const CONTROLS = /[\p{Cc}\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** One line that cannot move the cursor, colour or reorder anything; what was taken out stays visible as `\x1b`. */
export function harmless(text: string): string {
  return text.replace(BREAKS, " ").replace(CONTROLS, visible).toWellFormed();
}

/** As `harmless`, at most `max` characters, the end cut with an ellipsis. */
export function brief(text: string, max: number): string {
  const line = harmless(text).trim();
  const letters = Array.from(line);
  return letters.length <= max ? line : `${letters.slice(0, max - 3).join("")}...`;
}

function visible(control: string): string {
  const code = control.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
}

/** JSON on one line that is harmless on a terminal too: the controls JSON leaves bare are escaped. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
