// Patterns that users write: RE2 syntax, time linear in the text whatever the pattern.
import { err, ok, type Result } from "../core/result.ts";

const LONGEST = 1_000;
/** Linear time is the text's length times this; larger ones also take seconds to compile. */
const MOST_REPEATS = 1_000;
const LARGEST_PROGRAM = 5_000;

/**
 * A finder of a pattern, upper and lower case alike. The first match's text, or `null`.
 *
 * @returns the error says what is wrong with the pattern, fit to stand after "is ...: "
 */
export async function linearPattern(pattern: string): Promise<Result<(text: string) => string | null, string>> {
  if (pattern.length > LONGEST) return err(`must be a pattern of at most ${LONGEST} characters`);
  const repeats = [...pattern.matchAll(/\{(?:\d+,)?(\d+)\}/g)].reduce((sum, [, n]) => sum + Number(n), 0);
  if (repeats > MOST_REPEATS) return err(`repeats too much: the {n} of a pattern may add up to ${MOST_REPEATS}`);
  const { RE2JS } = await import("re2js");
  try {
    const compiled = RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE | RE2JS.MULTILINE);
    if (compiled.programSize() > LARGEST_PROGRAM) return err("is too large a pattern: split it into a list");
    if (compiled.matcher("").find()) return err("matches the empty text, so every failure: make it more specific");
    return ok((text) => {
      const matcher = compiled.matcher(text);
      return matcher.find() ? matcher.group() : null;
    });
  } catch (error) {
    return err(`is no pattern that can be searched in linear time (${whyNot(pattern, error)})`);
  }
}

function whyNot(pattern: string, error: unknown): string {
  if (/\(\?<?[=!]/.test(pattern)) return "look-ahead and look-behind are not taken: use not_text";
  if (/\\[1-9]/.test(pattern)) return "back-references are not taken";
  return error instanceof Error
    ? error.message
        .replace(/^error parsing regexp: /, "")
        .replace(/: `[^`]*`$/, "")
        .replace(/\p{Cc}+/gu, " ")
    : String(error);
}
