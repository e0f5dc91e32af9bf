// Places where a test may end this process, freeze it or make it throw. Off unless the environment asks for it twice.
import type { Failpoint } from "./names.ts";

let armed: ((name: Failpoint) => void) | null = null;

/** Does nothing, unless this process was armed: then what was asked for at this place. */
export function failpoint(name: Failpoint): void {
  armed?.(name);
}

/**
 * Arms this process if its environment asks for it. Nothing is loaded for those who do not ask.
 *
 * @throws RepriseError `usage`: asked for without meaning it, or for what is not there
 */
export async function armFailpoints(env: Readonly<Record<string, string | undefined>>): Promise<void> {
  if (env.REPRISE_FAILPOINTS === undefined) return;
  const { readArms } = await import("./armed.ts");
  armed = readArms(env);
}
