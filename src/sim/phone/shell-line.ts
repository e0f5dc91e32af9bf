// Just enough of a shell's grammar: words and quotes, `;`, `&&`, `||`, and a pipe.

export type ShellCommand = { words: string[]; before: ";" | "&&" | "||" | "|" };

/** Cuts a command line into its commands; quotes are taken off, `$?` stays for the runner. */
export function parseLine(line: string): ShellCommand[] {
  const commands: ShellCommand[] = [];
  let words: string[] = [];
  let before: ShellCommand["before"] = ";";
  const next = (separator: ShellCommand["before"]) => {
    if (words.length > 0) commands.push({ words, before });
    words = [];
    before = separator;
  };
  for (const [token] of line.matchAll(/;|&&|\|\||\||(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s;|&"'\\]|&(?!&))+/g)) {
    if (token === ";" || token === "&&" || token === "||" || token === "|") next(token);
    else if (!/^\d?>/.test(token)) words.push(unquoted(token)); // a redirection changes nothing here
  }
  next(";");
  return commands;
}

function unquoted(token: string): string {
  return token.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/g, (_all, double, single, escaped) => {
    if (typeof double === "string") return double.replace(/\\(["\\$`])/g, "$1");
    return typeof single === "string" ? single : String(escaped);
  });
}
