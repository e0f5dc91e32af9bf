// Serials as adb knows them. Strict, since they come from config and providers and end up among adb's arguments.

export type Serial = { serial: string; kind: "usb" | "tcp" };

const USB = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const TCP = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9a-fA-F:]{2,39}\]):(\d{1,5})$/;

/** `null`: adb would not take it for a serial, or for something else such as a flag. */
export function parseSerial(text: string): Serial | null {
  const port = Number(TCP.exec(text)?.[1] ?? 0);
  if (port >= 1 && port <= 65_535) return { serial: text, kind: "tcp" };
  return USB.test(text) ? { serial: text, kind: "usb" } : null;
}
