// Node, platform, state folder, disk, clock.
import type { ClockFacts, Facts, FolderFacts } from "./facts.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const NEEDED_NODE = 24;
const MEGABYTE = 1024 * 1024;
const LITTLE_SPACE = 1024 * MEGABYTE;
const NO_SPACE = 100 * MEGABYTE;
const CLOCK_TOLERANCE_MS = 1_000;
/** Nothing of ours was written before this year; a clock that shows less was never set. */
const FIRST_YEAR = 2025;
const LAST_YEAR = 2100;

/** File systems over a network: SQLite's locks and its memory shared between processes do not hold there. */
const NETWORK: Readonly<Record<number, string>> = {
  26985: "NFS",
  20859: "SMB",
  4283649346: "CIFS",
  4266872130: "SMB2",
  16914839: "9p",
  1702057286: "FUSE",
  1397113167: "AFS",
  12805120: "Ceph",
  198183888: "Lustre",
};
/** File systems in memory. */
const FLEETING: Readonly<Record<number, string>> = { 16914836: "tmpfs", 2240043254: "ramfs" };

export function machineFindings({ node, platform, folder, clock }: Facts): Finding[] {
  return [
    nodeFinding(node),
    platform === "linux"
      ? ok("platform", platform)
      : warning("platform", `${platform} is not tested`, "use Linux or WSL2"),
    ...folderFindings(folder),
    spaceFinding(folder),
    clockFinding(clock),
    zoneFinding(clock),
  ];
}

/** What is quick to look at: the folder, its disk, the clock's year. For the start of every run. */
export function quickFindings(folder: FolderFacts, now: number): Finding[] {
  return [...folderFindings(folder), spaceFinding(folder), clockFinding({ now, jumpMs: 0 })];
}

function nodeFinding(version: string): Finding {
  const major = Number(/^v?(\d+)/.exec(version)?.[1]);
  if (major >= NEEDED_NODE) return ok("node", version);
  return problem("node", `${version}; ${NEEDED_NODE} or newer is needed`, "run npm ci here, or install a newer Node");
}

/** The state folder: whose it is, who may write in it, what holds it. */
export function folderFindings(folder: FolderFacts): Finding[] {
  const { path, exists, isFolder, isWritable } = folder;
  if (!isFolder)
    return [problem("state folder", `${path} is not a folder`, "move it away, or name another with --state-dir")];
  if (!isWritable)
    return [
      problem(
        "state folder",
        `${path} can't be written`,
        "give this user the right to, or name another with --state-dir",
      ),
    ];
  const access = exists ? accessFinding(folder) : ok("state folder", `not there yet; ${path} can be written`);
  return [access, fileSystemFinding(folder)];
}

function accessFinding({ path, owner, mode }: FolderFacts): Finding {
  const shown = (mode & 0o777).toString(8).padStart(4, "0");
  if (owner !== null && owner.uid !== owner.own)
    return problem(
      "state folder",
      `${path} belongs to user ${owner.uid}, this is user ${owner.own}`,
      `run as that user, or chown -R ${owner.own} ${path}`,
    );
  if ((mode & 0o022) !== 0)
    return problem("state folder", `others may write in ${path} (mode ${shown})`, `chmod 700 ${path}`);
  if ((mode & 0o077) !== 0)
    return warning(
      "state folder",
      `others may read ${path} (mode ${shown}): captions and accounts`,
      `chmod 700 ${path}`,
    );
  return ok("state folder", `${path}, mode ${shown}`);
}

function fileSystemFinding({ fileSystem }: FolderFacts): Finding {
  if (fileSystem === null) return ok("file system", "could not be asked");
  const network = NETWORK[fileSystem];
  if (network !== undefined)
    return problem(
      "file system",
      `${network}: locks do not hold there, a ledger would be damaged`,
      "put the state folder on a disk of this machine with --state-dir",
    );
  const fleeting = FLEETING[fileSystem];
  if (fleeting !== undefined)
    return warning(
      "file system",
      `${fleeting}: gone after a restart, and then posts may be made twice`,
      "put the state folder on a disk with --state-dir",
    );
  return ok("file system", `local (0x${fileSystem.toString(16)})`);
}

function spaceFinding({ freeBytes }: FolderFacts): Finding {
  if (freeBytes === null) return ok("free space", "could not be asked");
  const shown = `${Math.floor(freeBytes / MEGABYTE)} MB free`;
  const remedy = "make room: without it no intent can be written, and nothing is posted";
  if (freeBytes < NO_SPACE) return problem("free space", shown, remedy);
  return freeBytes < LITTLE_SPACE ? warning("free space", shown, remedy) : ok("free space", shown);
}

function clockFinding({ now, jumpMs }: Pick<ClockFacts, "now" | "jumpMs">): Finding {
  const year = new Date(now).getUTCFullYear();
  const shown = new Date(now).toISOString();
  if (year < FIRST_YEAR || year > LAST_YEAR)
    return problem("clock", `it shows ${shown}`, "set the clock (timedatectl set-ntp true): limits go by the day");
  if (Math.abs(jumpMs) > CLOCK_TOLERANCE_MS)
    return warning("clock", `it jumped by ${Math.round(jumpMs)} ms while it was watched`, "see what sets it");
  return ok("clock", shown);
}

function zoneFinding({ zone, unknownZone }: ClockFacts): Finding {
  if (unknownZone === null) return ok("time zone", `${zone}, where an account has none of its own`);
  return warning(
    "time zone",
    `${JSON.stringify(unknownZone)} is not known; days go by ${zone}`,
    "set TZ to a zone such as Europe/Berlin, or limits.timezone in the config file",
  );
}
