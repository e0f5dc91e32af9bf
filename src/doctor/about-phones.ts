// Each phone of the fleet, and whether two of them are one.
import { isSamePhone } from "../core/same-phone.ts";
import type { FleetFacts, PhoneFacts, PhoneSeen } from "./facts-fleet.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const MEGABYTE = 1024 * 1024;
const NO_SPACE = 50 * MEGABYTE;
const LITTLE_SPACE = 500 * MEGABYTE;

type There = PhoneSeen & { is: "there" };

export function phoneFindings({ phones, strays }: Pick<FleetFacts, "phones" | "strays">): Finding[] {
  if (phones === null)
    return [warning("phones", "not looked at: adb can't be asked", "mend adb first, then ask the doctor again")];
  if (phones.length === 0)
    return [
      problem(
        "phones",
        "adb lists none",
        "plug one in with USB debugging on, or name phones reached over the network: serials under devices",
      ),
    ];
  const twins = twinsOf(phones);
  return [
    ...phones.flatMap((phone) => {
      const once = [...(phone.times > 1 ? [listedTwice(phone)] : []), ...(twins.get(phone.serial) ?? [])];
      return [...once, ...onePhone(phone).filter((f) => f.level !== "ok" || once.length === 0)];
    }),
    ...strays.map(({ account, device }) =>
      problem(
        "accounts",
        `${account} is bound to phone ${device}, which is none of the fleet's`,
        `correct accounts[].device, or add ${device} to serials under devices`,
      ),
    ),
  ];
}

const listedTwice = ({ serial, times }: PhoneFacts) =>
  problem(`phone ${serial}`, `listed ${times} times`, "list it once: serials under devices");

/** One phone that adb reaches in two ways is used by one of them, and jobs bound to the other wait. */
function twinsOf(phones: readonly PhoneFacts[]): Map<string, Finding[]> {
  const firsts: { serial: string; seen: There }[] = [];
  const found = new Map<string, Finding[]>();
  for (const { serial, seen } of phones) {
    if (seen.is !== "there") continue;
    const other = firsts.find((first) => isSamePhone(first.seen, seen));
    if (other === undefined) firsts.push({ serial, seen });
    else
      found.set(serial, [
        problem(
          `phone ${serial}`,
          `the same phone as ${other.serial} (${seen.name}): only one of the two would be used at a time`,
          `keep one of the two: serials under devices, or adb disconnect ${serial}`,
        ),
      ]);
  }
  return found;
}

function onePhone(phone: PhoneFacts): Finding[] {
  const { serial, seen } = phone;
  const check = `phone ${serial}`;
  if (seen.is === "unusable") return [unusable(check, serial, seen.state)];
  if (!seen.isBooted)
    return [warning(check, "still boots", "wait until it shows its home screen; a run waits a minute")];
  const found = [...storage(check, seen), ...lock(check, seen), ...accounts(check, phone, seen)];
  if (found.length > 0) return found;
  const room = seen.freeBytes === null ? "" : `, ${Math.floor(seen.freeBytes / MEGABYTE)} MB free`;
  const whose = phone.bound.length === 0 ? "" : `, for ${phone.bound.join(", ")}`;
  return [ok(check, `${seen.model ?? "ready"}${room}${whose}`)];
}

function unusable(check: string, serial: string, state: string): Finding {
  const isTcp = serial.includes(":");
  switch (state) {
    case "unauthorized":
    case "authorizing":
      return problem(
        check,
        "has not accepted this computer's key",
        'accept it on the phone ("Allow USB debugging?", always)',
      );
    case "no permissions":
    case "no":
      return problem(check, "this user may not use its USB port", "see Android's udev rules; then adb kill-server");
    case "absent":
      return problem(
        check,
        "adb does not list it",
        "plug it in, with USB debugging on; or correct serials in the config",
      );
    case "refused":
      return problem(check, "nobody answers there", "switch it on with adb over TCP on, or correct its address");
    case "nameless":
      return warning(
        check,
        "is listed without a serial number, so adb can't be told to use it: a run goes without it",
        "plug it in anew, another port or cable; or reach it over the network: serials under devices",
      );
    case "mute":
      return problem(check, "does not answer in time", isTcp ? "look at it and its network; reboot it" : "reboot it");
    default:
      return problem(
        check,
        `adb calls it ${state}`,
        isTcp
          ? `adb disconnect ${serial}, look at its network, reboot it`
          : "plug it in anew, another cable, reboot it",
      );
  }
}

function storage(check: string, { freeBytes }: There): Finding[] {
  if (freeBytes === null || freeBytes >= LITTLE_SPACE) return [];
  const shown = `${Math.floor(freeBytes / MEGABYTE)} MB free`;
  const remedy = "delete what is not needed on it: videos must fit there before they are posted";
  return [freeBytes < NO_SPACE ? problem(check, shown, remedy) : warning(check, shown, remedy)];
}

const lock = (check: string, { isLocked }: There): Finding[] =>
  isLocked === true
    ? [warning(check, "its screen is locked", "unlock it, and turn the lock off on a phone that only posts")]
    : [];

function accounts(check: string, { bound }: PhoneFacts, { accounts: there }: There): Finding[] {
  if (there.length === 0) return []; // it names none: some apps keep their logins to themselves
  return bound
    .filter((account) => !there.includes(account))
    .map((account) =>
      problem(
        check,
        `${account} is bound to it, and logged in there is ${there.join(", ")}`,
        `log ${account} in on that phone, or correct accounts[].device`,
      ),
    );
}
