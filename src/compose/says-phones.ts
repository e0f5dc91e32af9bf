import type { Resolved } from "../config/config.ts";

/**
 * Whether somebody said which phones there are, or that there are none. Left to the default, a poster is given no phone: it may look on
 * whichever it finds, and call a post absent that went out from another.
 */
export const saysPhones = ({ settings, origins }: Resolved): boolean =>
  settings.devices.provider !== "none" || origins.some(({ key, from }) => key === "devices" && from !== "default");
