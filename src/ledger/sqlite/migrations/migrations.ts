import { FIRST } from "./0001-first.ts";
import { SEALS } from "./0002-seals.ts";

/** Applied in order; `user_version` counts how many. Never edited once released: a change is a new entry. */
export const MIGRATIONS: readonly string[] = [FIRST, SEALS];
