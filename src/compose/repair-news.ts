// What a repair tells while it goes on.
import type { Checkup } from "../core/check.ts";
import type { DeviceAddress } from "../devices/devices.ts";

/** `page`: where the provider shows the phone; `null`: none is known. */
type RepairPhone = { device: string; phone: DeviceAddress; page: string | null };
export type RepairNews =
  | { type: "bringing"; device: string }
  | { type: "in_use"; device: string; campaign: string }
  | ({ type: "ready" } & RepairPhone)
  | { type: "checking" }
  | { type: "checked"; seen: Checkup }
  | { type: "giving_back"; device: string };
