// Commands as a person can paste them into a shell.

/** Quoted where a shell would take it apart. */
export const shellWord = (text: string) => (/^[\w.:/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** What to type to start this very program: under npx it may not be on the PATH. */
export const commandName = (env: Record<string, string | undefined>) =>
  env.npm_command === "exec" ? "npx reprise" : "reprise";
