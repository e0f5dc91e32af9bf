import { FIRST } from "./0001-first.ts";
import { FLEET } from "./0002-fleet.ts";
import { PHONE_TIME } from "./0003-phone-time.ts";
import { CAUSES } from "./0004-causes.ts";
import { MOVES } from "./0005-moves.ts";
import { PORTS } from "./0006-ports.ts";
import { SEALS } from "./0007-seals.ts";
import { REIGN } from "./0008-reign.ts";
import { WAITS } from "./0009-waits.ts";
import { IMPORTED_POSTS } from "./0010-imported-posts.ts";

/** Applied in order; `user_version` counts how many. Never edited once released: a change is a new entry. */
export const MIGRATIONS: readonly string[] = [
  FIRST,
  FLEET,
  PHONE_TIME,
  CAUSES,
  MOVES,
  PORTS,
  SEALS,
  REIGN,
  WAITS,
  IMPORTED_POSTS,
];
