import { FIRST } from "./0001-first.ts";
import { FLEET } from "./0002-fleet.ts";
import { PHONE_TIME } from "./0003-phone-time.ts";

/** Applied in order; `user_version` counts how many. Never edited once released: a change is a new entry. */
export const MIGRATIONS: readonly string[] = [FIRST, FLEET, PHONE_TIME];
