// What the shell and its commands share.

export type Reply = { out: string; code: number };
export const said = (out: string, code = 0): Reply => ({ out, code });

/** A command that stays: it writes until it ends by itself or its stream closes. */
export type ShellSession = { write(text: string): void; exit(code: number): void; onClosed(then: () => void): void };

/** What a shell can reach. */
export type ShellWorld = { run(name: string, args: string[]): Reply; stay(line: string, session: ShellSession): void };
