// Whether two ways to reach a phone lead to the same one.

/**
 * What a phone says of itself, whichever way it is reached; `null`: it does not say. `name`: its serial number, which cheap phones and
 * emulators share. `boot`: the id of its start, which no two have but containers on one kernel.
 */
export type PhoneIdentity = { name: string | null; boot: string | null };

/** Where a phone keeps its boot id to itself the name has to do. */
export const isSamePhone = (a: PhoneIdentity, b: PhoneIdentity): boolean =>
  a.name !== null && a.name === b.name && (a.boot === null || b.boot === null || a.boot === b.boot);
