// adb: the program, its server, and the ports handed out for forwards.
import type { AdbFacts, Holder, PortFacts } from "./facts-fleet.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

/** What client and server have compared since 2018; servers before it lack commands that we use. */
const PROTOCOL = 41;
/** Releases of the platform tools whose words were read: others may put things differently. */
const TRIED = { from: 29, to: 36 };
const SHOWN = 3;

export function adbFindings(adb: AdbFacts): Finding[] {
  const client = clientFinding(adb);
  return [client, serverFinding(adb)];
}

export function clientFinding({ binary, client }: Pick<AdbFacts, "binary" | "client">): Finding {
  if (client.is === "missing")
    return problem(
      "adb",
      `there is no program ${binary}`,
      "install it (Debian: scripts/system-packages.sh; else Android's platform tools), or put it on the PATH",
    );
  if (client.is === "mute" || client.protocol === null)
    return problem("adb", `${binary} does not say its version`, `see what "${binary} version" does; install adb anew`);
  const shown = `${binary}, 1.0.${client.protocol}${client.release === null ? "" : `, release ${client.release}`}`;
  if (client.protocol < PROTOCOL)
    return problem("adb", `${shown}: too old, 1.0.${PROTOCOL} is needed`, "install newer platform tools");
  const major = Number(/^\d+/.exec(client.release ?? "")?.[0] ?? Number.NaN);
  if (client.protocol > PROTOCOL || major > TRIED.to)
    return warning(
      "adb",
      `${shown}: newer than any that was tried (${TRIED.from} to ${TRIED.to})`,
      `if phones are not found, use release ${TRIED.to}`,
    );
  if (major < TRIED.from)
    return warning(
      "adb",
      `${shown}: older than any that was tried (${TRIED.from} to ${TRIED.to})`,
      "install newer platform tools",
    );
  return ok("adb", shown);
}

function serverFinding({ client, server, port, isPrivate }: AdbFacts): Finding {
  const check = "adb server";
  const another = "or name another port: adb_port under devices in the config";
  switch (server.is) {
    case "nobody":
      return ok(check, `none on port ${port} yet; a run starts it`);
    case "another program":
      return problem(
        check,
        `port ${port} is held by ${named(server.holder)}, which is no adb server`,
        `end that program, ${another}`,
      );
    case "adb":
      if (client.is === "there" && isUsable(client.protocol) && client.protocol !== server.protocol)
        return problem(
          check,
          `the server on port ${port} (${named(server.holder)}) is 1.0.${server.protocol}, our adb 1.0.${client.protocol}: they would end each other`,
          `use one adb for both, ${another}`,
        );
      if (isPrivate && !server.isOurs)
        return problem(
          check,
          `port ${port} is to be reprise's own, and ${named(server.holder)} serves there`,
          `end it (adb -P ${port} kill-server), ${another}, or set private: false there`,
        );
      return ok(check, `on port ${port}, ${named(server.holder)}`);
  }
}

/** An adb that can't be used at all is a finding of its own. */
const isUsable = (protocol: number | null): protocol is number => protocol !== null && protocol >= PROTOCOL;

export function portFindings({ from, to, needed, held }: PortFacts): Finding[] {
  const check = "ports";
  const all = `${from}-${to}`;
  const free = to - from + 1 - held.length;
  const shown = held.slice(0, SHOWN).map(({ port, holder }) => `${port} by ${named(holder)}`);
  const more = held.length > SHOWN ? ` and ${held.length - SHOWN} more` : "";
  const list = `${shown.join(", ")}${more}`;
  if (free < needed)
    return [
      problem(
        check,
        `${free} of ${all} free, ${needed} needed; held: ${list}`,
        "end those programs, name a wider range (system_ports under devices), or let --force-kill-ports end them",
      ),
    ];
  const foreign = held.filter((h) => !h.isAdbForward);
  if (foreign.length > 0)
    return [
      warning(
        check,
        `held: ${list}; ${free} of ${all} are free`,
        "end them or name another range (system_ports under devices); they are passed over meanwhile",
      ),
    ];
  if (held.length > 0)
    return [warning(check, `adb forwards stand on ${list}`, "reprise sweep, or the next run, removes ours")];
  return [ok(check, `${all} free`)];
}

const named = (holder: Holder) =>
  holder === null ? "a program of another user" : `pid ${holder.pid} (${shortened(holder.command)})`;

/** The program without its folder, and how it was started. */
const shortened = (command: string) => command.replace(/^\S*\//, "").slice(0, 50) || "?";
