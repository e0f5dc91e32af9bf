// Where a shell command's first word leads, found without running it.
import { accessSync, constants, statSync } from "node:fs";
import { basename, isAbsolute, join, resolve } from "node:path";
import type { CommandFacts } from "./facts.ts";

/** Words of the shell itself: what comes after them may be anything. */
const SHELL_WORDS = new Set(
  "! . : [ [[ { case cd command do eval exec exit export for if set sh source test time trap true until while".split(
    " ",
  ),
);
/** Programs whose first plain argument is a script. */
const INTERPRETERS = /^(node|nodejs|bun|deno|python\d?(\.\d+)?|ruby|perl|bash|sh|dash|zsh)$/;

/** @param env  what the command is looked up with: its PATH */
export function findCommand(command: string, cwd: string, env: Record<string, string | undefined>): CommandFacts {
  const words = wordsOf(command);
  const at = words.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word));
  const [word, ...rest] = words.slice(Math.max(0, at));
  if (at === -1 || word === undefined) return { kind: "untold", why: "it only sets variables" };
  if (/[$`*?(){}<>|&;]/.test(word)) return { kind: "untold", why: "the shell makes its first word" };
  if (SHELL_WORDS.has(word) && word !== "sh") return { kind: "untold", why: `it begins with the shell's own ${word}` };
  const found = lookUp(word, cwd, env.PATH ?? "/usr/local/bin:/usr/bin:/bin");
  if (found.kind !== "found" || !INTERPRETERS.test(basename(word))) return found;
  return scriptOf(rest, cwd) ?? found;
}

/** A script that an interpreter is given and that is not there. */
function scriptOf(rest: readonly string[], cwd: string): CommandFacts | null {
  const [script] = rest;
  if (script === undefined || script.startsWith("-") || /[$`*?(){}<>|&;]/.test(script)) return null;
  const path = resolve(cwd, script);
  return statSync(path, { throwIfNoEntry: false }) === undefined
    ? { kind: "missing", word: script, why: "there is no such file" }
    : { kind: "found", path };
}

function lookUp(word: string, cwd: string, path: string): CommandFacts {
  const places = word.includes("/")
    ? [isAbsolute(word) ? word : resolve(cwd, word)]
    : path.split(":").map((folder) => join(resolve(cwd, folder), word));
  const there = places.filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true);
  const runnable = there.find(isRunnable);
  if (runnable !== undefined) return { kind: "found", path: runnable };
  const [first] = there;
  if (first !== undefined) return { kind: "missing", word, why: `${first} is not executable (chmod +x)` };
  return { kind: "missing", word, why: word.includes("/") ? "there is no such file" : "not found on PATH" };
}

function isRunnable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Words as a shell splits them, as far as quotes go. */
function wordsOf(command: string): string[] {
  const pieces = command.match(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+/gs) ?? [];
  return pieces.map((piece) =>
    piece.replace(/"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/gs, (_all, double: string, single: string, plain: string) => {
      if (double !== undefined) return double.replace(/\\(["\\$`])/g, "$1");
      return single ?? plain;
    }),
  );
}
