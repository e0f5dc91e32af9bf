import { ok } from "../core/result.ts";
import type { Fleet } from "./fleet.ts";

/** `--devices none`: work needs no phone. */
export function noPhones(): Fleet {
  const needsNone = { next: "phone", phone: null, phones: [] } as const;
  return {
    devices: [null],
    next: async () => needsNone,
    visit: async () => null,
    leave: () => {},
    confirm: async () => ok({ is: "unknown" }),
    used: () => {},
    stopAll: async () => [],
    anew: () => {},
    close: async () => {},
  };
}
