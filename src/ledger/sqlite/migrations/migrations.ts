import { FIRST } from "./0001-first.ts";
import { CAUSES } from "./0002-causes.ts";
import { MOVES } from "./0003-moves.ts";

/** Applied in order; `user_version` counts how many. Never edited once released: a change is a new entry. */
export const MIGRATIONS: readonly string[] = [FIRST, CAUSES, MOVES];
