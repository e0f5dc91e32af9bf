// devices list, take-out, put-back, stop.
import type { Command } from "commander";
import { parseDuration } from "../../config/duration.ts";
import { RepriseError } from "../../core/errors.ts";
import { type Instant, instant } from "../../core/ids.ts";
import { repairedFor } from "../../core/repair-name.ts";
import { harmless } from "../../report/harmless.ts";
import { count, moment, tellingTable } from "../../report/words.ts";
import { agreed, type Bench, type Call, does, say, sayJson, withLedger } from "../cli.ts";
import type { PhoneRow } from "../compose.ts";
import { documented } from "../help.ts";

type Flags = { for?: string; reason?: string };

export function addDeviceCommands(program: Command, bench: Bench): void {
  const devices = program.command("devices");
  documented(devices, {
    about: "phones: which are there, which are out, what is left on",
    examples: [
      ["devices list", "all of them"],
      ["devices take-out 10.0.0.7:5555 --reason 'screen broken'", "it gets no more jobs"],
    ],
  });
  const list = documented(devices.command("list"), {
    about: "what each phone does now, and its last trouble",
    examples: [["devices list --json", "one phone a line"]],
  });
  does(list, bench, (call) => listPhones(call));

  const out = devices
    .command("take-out")
    .argument("<DEVICE>")
    .option("--for <T>", "put back by itself after this time")
    .option("--reason <TEXT>", "why; shown to whoever puts it back");
  documented(out, {
    about: "give it no more jobs; one that runs on it may finish",
    examples: [["devices take-out R58M12ABC --for 2h", ""]],
  });
  does<Flags>(out, bench, (call, [id = ""], flags) => takeOut(call, id, flags));

  const back = documented(devices.command("put-back").argument("<DEVICE>"), {
    about: "give it jobs again",
    examples: [["devices put-back R58M12ABC", ""]],
  });
  does(back, bench, (call, [id = ""]) => putBack(call, id));

  const stop = documented(devices.command("stop"), {
    about: "stop the phones that a run which was killed left on",
    examples: [["devices stop", "those that this campaign started"]],
  });
  does(stop, bench, (call) => stopPhones(call));
}

async function listPhones(call: Call): Promise<number> {
  const { phones, unasked } = await call.cli.compose.listDevices({ resolved: call.resolved });
  if (call.json) for (const phone of phones) sayJson(call, "device", phoneJson(phone));
  else if (phones.length === 0) say(call, ["No phones: --devices, or devices in the config file, says which."]);
  else say(call, phoneLines(phones));
  if (unasked !== null) call.cli.terminal.err(`${harmless(unasked)}\n`);
  return 0;
}

const COLUMNS = ["PHONE", "STATE", "DOES", "MINUTES", "ACCOUNTS", "LAST TROUBLE"];

/** Minutes only where phones cost any. */
const phoneLines = (phones: readonly PhoneRow[]) =>
  tellingTable(
    COLUMNS,
    phones.map((phone) => phoneRow(phone, Date.now())),
    { MINUTES: "-" },
  );

function phoneRow({ id, state, accounts, fault, minutes, onSince, ...does }: PhoneRow, now: number): string[] {
  const trouble = fault === null ? "" : `${fault.message}${fault.times > 1 ? ` (${fault.times} times)` : ""}`;
  const on = onSince === null ? "" : `on for ${((now - onSince) / 60_000).toFixed(1)}`;
  const cost = [on, minutes === null ? "" : `${minutes.toFixed(1)} in the run`].filter((part) => part !== "");
  return [
    harmless(id),
    state ?? "-",
    doing({ ...does, onSince }),
    cost.length === 0 ? "-" : cost.join(", "),
    accounts.map(harmless).join(", "),
    harmless(trouble),
  ];
}

type Doing = Pick<PhoneRow, "out" | "lease" | "started" | "onSince">;

function doing({ out, lease, started, onSince }: Doing): string {
  if (out !== null) return `out${out.until === null ? "" : ` until ${moment(out.until)}`}: ${harmless(out.reason)}`;
  if (lease?.attempt != null) return `attempt ${lease.attempt}`;
  const campaign = started?.campaign ?? lease?.campaign;
  if (campaign === undefined) return onSince === null ? "idle" : "left on";
  const repaired = repairedFor(campaign);
  return repaired === null
    ? `held by campaign ${harmless(campaign)}`
    : `under repair for campaign ${harmless(repaired)}`;
}

function phoneJson({ id, provider, state, accounts, out, lease, started, fault, onSince, minutes }: PhoneRow): object {
  const iso = (at: Instant | null) => (at === null ? null : new Date(at).toISOString());
  return {
    device: id,
    provider,
    state,
    accounts,
    campaign: started?.campaign ?? lease?.campaign ?? null,
    attempt: lease?.attempt ?? null,
    started_at: iso(started?.at ?? null),
    on_since: iso(onSince),
    minutes_in_run: minutes,
    out: out === null ? null : { by: out.by, cause: out.cause, reason: out.reason, until: iso(out.until) },
    fault:
      fault === null ? null : { cause: fault.cause, message: fault.message, at: iso(fault.at), times: fault.times },
  };
}

async function takeOut(call: Call, id: string, flags: Flags): Promise<number> {
  const time = flags.for === undefined ? null : parseDuration(flags.for);
  if (flags.for !== undefined && (time === null || time <= 0))
    throw new RepriseError("usage", `--for is "${flags.for}": must be a time, such as 30m or 2h`);
  const until = time === null ? null : instant(Date.now() + time);
  return withLedger(call, async (ledger) => {
    const provider = (await phoneNamed(call, id)).provider;
    if (!(await agreed(call, { what: `take phone ${harmless(id)} out` }))) return 0;
    const reason = flags.reason ?? "taken out by a person";
    await ledger.devices.takeOut({ id, provider }, { by: "person", cause: "by_person", reason, until });
    if (call.json) sayJson(call, "device.quarantined", { device: id, reason });
    else
      say(call, [
        `Phone ${harmless(id)} gets no more jobs${until === null ? "" : ` until ${moment(until)}`}. Undo: ${call.style.prefix} devices put-back ${harmless(id)}`,
      ]);
    return 0;
  });
}

/** Known to the ledger, or one of the settings' phones: a slip of the pen takes nothing out. */
async function phoneNamed(call: Call, id: string): Promise<PhoneRow> {
  const { phones } = await call.cli.compose.listDevices({ resolved: call.resolved });
  const phone = phones.find((p) => p.id === id);
  if (phone === undefined) throw new RepriseError("usage", `phone ${id}: not known here. All: reprise devices list`);
  return phone;
}

async function putBack(call: Call, id: string): Promise<number> {
  return withLedger(call, async (ledger) => {
    if (!(await ledger.devices.putBack(id, "person"))) throw new RepriseError("usage", `phone ${id}: it is not out`);
    if (call.json) sayJson(call, "device.returned", { device: id });
    else say(call, [`Phone ${harmless(id)} gets jobs again.`]);
    return 0;
  });
}

async function stopPhones(call: Call): Promise<number> {
  if (!(await agreed(call, { what: "stop the phones that this campaign left on" }))) return 0;
  const stopped = await call.cli.compose.stopDevices({ resolved: call.resolved });
  if (call.json) sayJson(call, "devices.stopped", { devices: stopped });
  else
    say(call, [
      `${count(stopped.length, "phone")} stopped${stopped.length === 0 ? "" : `: ${stopped.map(harmless).join(", ")}`}`,
    ]);
  return 0;
}
