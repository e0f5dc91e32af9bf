// Asking before something changes: on a terminal always, without one only --yes lets a severe thing happen.
import { RepriseError } from "../core/errors.ts";
import type { Terminal } from "./terminal.ts";

export type Question = {
  /** What will happen: `hold 3 jobs`. */
  what: string;
  /** Can't be taken back, or may lead to a second post: this word has to be typed. */
  typed?: string;
};

/**
 * Lets a change go on, or not.
 *
 * @param may  `yes`: agreed beforehand; `input`: may ask
 * @returns whether to go on; `false` = a person said no
 * Errors: `usage` for a severe change that nobody can be asked about.
 */
export async function confirm(
  terminal: Terminal,
  question: Question,
  may: { yes: boolean; input: boolean },
): Promise<boolean> {
  if (may.yes) return true;
  if (!terminal.isInteractive || !may.input) {
    if (question.typed === undefined) return true;
    throw new RepriseError("usage", `--yes: needed to ${question.what} without a terminal. Look first, then add --yes`);
  }
  const isSure =
    question.typed === undefined
      ? await askYes(terminal, question.what)
      : await askTyped(terminal, question.what, question.typed);
  if (!isSure) terminal.err("Nothing was changed.\n");
  return isSure;
}

async function askYes(terminal: Terminal, what: string): Promise<boolean> {
  const answer = await terminal.ask(`${capital(what)}? [Y/n] `);
  return answer !== null && /^(y|yes)?$/i.test(answer.trim());
}

async function askTyped(terminal: Terminal, what: string, word: string): Promise<boolean> {
  const answer = await terminal.ask(`${capital(what)}? Type ${word} to go on: `);
  return answer?.trim() === word;
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
