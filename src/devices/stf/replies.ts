// DeviceFarmer's replies, read once. Source: DeviceFarmer/stf, lib/units/api/swagger/api_v1.yaml and controllers, at c7b928f7.
import { z } from "zod";

const device = z.object({
  serial: z.string().min(1),
  present: z.boolean().default(false),
  ready: z.boolean().default(false),
  /** Held by the one whose token asks. */
  using: z.boolean().default(false),
  /** Held by anybody; `null`: free. */
  owner: z.object({ email: z.string().default("") }).nullish(),
  model: z.string().nullish(),
  name: z.string().nullish(),
});
export const deviceList = z.object({ devices: z.array(device) });
export const remoteConnect = z.object({ remoteConnectUrl: z.string().min(1) });
/** What refuses. */
export const refusal = z.object({ description: z.string().default("") });

export type StfDevice = z.output<typeof device>;
