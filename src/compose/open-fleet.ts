// Which phones a run works on, by `--devices`; whether any can be had; and what earlier starts left on.
import { homedir } from "node:os";
import { freePort } from "../appium/local/free-port.ts";
import { ADB_MARK } from "../cleanup/cleanup.ts";
import { ADB_PHONES } from "../config/devices-entry.ts";
import { RepriseError } from "../core/errors.ts";
import type { RunEvent } from "../core/events.ts";
import { millis, minutes, seconds } from "../core/ids.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { AdbPhones, FarPhones, RunSettings } from "../core/settings.ts";
import { AdbDevices } from "../devices/adb/adb-devices.ts";
import type { Devices, DeviceView } from "../devices/devices.ts";
import { SimulatedDevices } from "../devices/simulated/simulated-devices.ts";
import { Berth } from "../fleet/berth.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { noPhones } from "../fleet/no-phones.ts";
import { openPhoneFleet } from "../fleet/phone-fleet.ts";
import { WorkerPorts } from "../fleet/worker-ports.ts";
import type { Host } from "../host/host.ts";
import type { CampaignLedger, DeviceDesk } from "../ledger/ledger.ts";
import { askProvider, type SeenPhone } from "./ask-provider.ts";
import { makeAdbPortFree, makeFree } from "./force-ports.ts";
import { type FarParts, openFar } from "./open-far.ts";

/** How long a phone stays on that nobody uses. */
const IDLE = seconds(30);
/** How long a provider may give no phones before the run halts. */
const PATIENCE = minutes(30);

const FAR: readonly string[] = ["geelark", "stf"] satisfies FarPhones["provider"][];
const isFar = (devices: RunSettings["devices"]): devices is FarPhones => FAR.includes(devices.provider);

export type FleetParts = {
  campaign: CampaignLedger;
  /** Of all campaigns. */
  desk: Pick<DeviceDesk, "list">;
  host: Host;
  /** Of this start, and of all starts of the campaign. */
  mark: string;
  prefix: string;
  reservePort(port: number): Promise<(() => void) | null>;
  onWarning(message: string): void;
  /** Writes it down for the log's sake. */
  onEvent(event: RunEvent): void;
};

/** A provider, and the phones of this run. */
export type Phones = { devices: Devices; ids: string[] };

/** @returns `null`: no phone is needed. @throws RepriseError `preflight`: nobody says which phones there are; nothing is left open */
export async function openPhones(settings: RunSettings, parts: FleetParts): Promise<Phones | null> {
  const { devices } = settings;
  if (devices.provider === "none") return null;
  if (devices.provider === "simulated") return simulatedPhones(devices.count, parts.host);
  if (devices.provider !== "adb") return farPhones(devices, parts);
  if (devices.forceKillPorts) await makeAdbPortFree(devices, parts.onWarning);
  const phones = await adbPhones(devices, parts);
  if (devices.serials !== null) return { devices: phones, ids: devices.serials };
  const ids = await orClose(phones, async () => (await statesOf(phones)).map(({ id }) => id));
  return { devices: phones, ids };
}

/** Whoever gets no further with its phones leaves nothing of them behind, such as an adb server of its own. */
async function orClose<T>(devices: Devices, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await devices.close();
    throw error;
  }
}

async function farPhones(far: FarPhones, parts: FleetParts): Promise<Phones> {
  const devices = await openFar(far, farParts(parts));
  const phones = await orClose(devices, () => statesOf(devices));
  return { devices, ids: phones.filter(({ state }) => state !== "expired").map(({ id }) => id) };
}

const farParts = ({ campaign, host, mark, prefix }: FleetParts): FarParts => ({
  clock: host.clock,
  mark,
  prefix,
  phoneTime: campaign.phoneTime,
  env: process.env,
});

function simulatedPhones(count: number, { clock }: Host): Phones {
  const ids = Array.from({ length: count }, (_, i) => `sim-${i + 1}`);
  const waits = { startMs: millis(0), readyMs: seconds(5), answerMs: seconds(1) };
  return { devices: new SimulatedDevices({ ids, clock, ...waits }), ids };
}

async function adbPhones(settings: AdbPhones, { host, mark, prefix }: FleetParts): Promise<AdbDevices> {
  const { binary, serials, isPrivate, accountType, systemPorts, readyMs } = settings;
  return new AdbDevices({
    binary,
    port: await adbPortOf(settings),
    home: process.env.HOME ?? homedir(),
    mark: `${mark}${ADB_MARK}`,
    sweepMark: prefix,
    serials,
    isPrivate,
    forwardPorts: systemPorts,
    deadlines: { ready: readyMs },
    processes: host.processes,
    accountsOn: null,
    accountType,
  });
}

/** As adb itself takes it; a private server without one gets any that is free. */
export async function adbPortOf({ adbPort, isPrivate }: AdbPhones): Promise<number> {
  if (adbPort !== null) return adbPort;
  return isPrivate ? freePort() : Number(process.env.ANDROID_ADB_SERVER_PORT) || 5037;
}

export function openFleet(settings: RunSettings, phones: Phones | null, parts: FleetParts): Fleet {
  if (phones === null) return noPhones();
  const { campaign, host, mark } = parts;
  const { devices } = settings;
  // simulated phones tell no accounts, and nobody expects it of them
  const onWarning = devices.provider === "simulated" ? () => {} : parts.onWarning;
  const book = campaign.fleet;
  const ports = devices.provider === "adb" ? workerPorts(devices, parts) : null;
  return openPhoneFleet({
    ...phones,
    provider: devices.provider,
    claims: campaign.claims,
    book,
    settings,
    mark,
    clock: host.clock,
    idleMs: isFar(devices) ? devices.idleMs : IDLE,
    maxPhones: isFar(devices) ? devices.maxPhones : null,
    patienceMs: isFar(devices) ? devices.patienceMs : PATIENCE,
    ports,
    onWarning,
    onEvent: parts.onEvent,
  });
}

/** One phone that is wanted by name. */
export function openBerth(
  { devices: { provider } }: RunSettings,
  { devices }: Phones,
  { id, campaign, mark, host }: FleetParts & { id: string },
): Berth {
  return new Berth(id, { devices, book: campaign.fleet, provider, mark, clock: host.clock });
}

function workerPorts({ systemPorts: range, forceKillPorts }: AdbPhones, parts: FleetParts): WorkerPorts {
  const { campaign, mark, reservePort: reserve, onWarning } = parts;
  const force = (port: number) => makeFree(port, onWarning);
  return new WorkerPorts({
    range,
    book: campaign.fleet,
    mark,
    reserve,
    makeFree: forceKillPorts ? force : null,
    onWarning,
  });
}

/**
 * Before a run: is there any phone at all? Those that are off are tried, and put back as they were.
 *
 * @throws RepriseError `preflight`, which names what is wrong with each; the phones are closed then
 */
export function checkPhones(phones: Phones, provider: string, parts: FleetParts): Promise<void> {
  return orClose(phones.devices, () => findOne(phones, provider, parts));
}

async function findOne({ devices, ids }: Phones, provider: string, parts: FleetParts): Promise<void> {
  const hint = "see reprise doctor";
  if (ids.length === 0) throw noPhone(`adb lists none; connect one, or name them: devices.serials in the config file`);
  const before = await statesOf(devices);
  if (before.some(({ state }) => state === "ready")) return;
  const off = before.filter(({ state }) => MAY_COME.includes(state)).slice(0, TRIED);
  const faults = await Promise.all(off.map(({ id }) => tryOut(devices, { id, provider }, parts)));
  if (faults.includes(null)) return;
  const seen = before
    .filter(({ state }) => !MAY_COME.includes(state))
    .map(({ id, state }) => `phone ${id} is ${state}`);
  throw noPhone(`${[...seen, ...faults].join("; ")}; ${hint}`);
}

/** Of phones that are off: if the first so many can't be had, the run would not get far either. */
const TRIED = 16;
const MAY_COME: readonly string[] = ["off", "offline"];
const TRY_MS = seconds(20);

async function statesOf(devices: Devices): Promise<DeviceView[]> {
  const listed = await devices.list();
  if (!listed.ok) throw noPhone(listed.error.message);
  return listed.value;
}

/** @returns why it can't be had; `null`: it can, or another campaign has it */
async function tryOut(
  devices: Devices,
  { id, provider }: { id: string; provider: string },
  { campaign, mark }: FleetParts,
): Promise<string | null> {
  const taken = await campaign.fleet.take({ id, provider, wasOn: false }, mark, { isUntold: true });
  if (!taken.ok) return taken.why === "leased" ? null : `phone ${id} is taken out`;
  const end = AbortSignal.timeout(TRY_MS);
  const leased = await devices.lease(id);
  const started = leased.ok ? await devices.start(id, end) : leased;
  const listed = started.ok ? await devices.list() : started;
  await devices.stop(id, false);
  await devices.release(id);
  await campaign.fleet.give(id, null, { isUntold: true });
  if (!listed.ok) return listed.error.message;
  const state = listed.value.find((view) => view.id === id)?.state ?? "off";
  return state === "ready" ? null : `phone ${id}: ${state === "off" ? "nobody answers there" : state}`;
}

const noPhone = (why: string) => new RepriseError("preflight", `no phone can be had: ${why}`);

/**
 * Stops the phones that earlier starts of this campaign took and never gave back, and ends their leases. Call it only when
 * the processes of those starts are gone. @returns their ids
 */
export async function stopLeft(settings: RunSettings, parts: FleetParts): Promise<string[]> {
  const { campaign, mark } = parts;
  await campaign.fleet.freePorts();
  const left = await campaign.fleet.left(mark);
  const ids: string[] = await stopFar(settings, parts);
  for (const [provider, phones] of Map.groupBy(left, (phone) => phone.provider)) {
    const opened = provider === "adb" ? await adbPhones(adbOf(settings), parts) : null;
    for (const { id, wasOn } of phones) {
      await opened?.stop(id, wasOn);
      await campaign.fleet.give(id, null);
      if (!FAR.includes(provider)) ids.push(id); // of those far away it is known which went off
    }
    await opened?.close();
  }
  return ids;
}

/** Phones far away that cost as long as nobody switches them off; what does not go off is told, and tried again next time. */
async function stopFar({ devices: far }: RunSettings, parts: FleetParts): Promise<string[]> {
  const { campaign, onWarning } = parts;
  const on = await campaign.phoneTime.on();
  const theirs = on.filter(({ provider }) => provider !== far.provider);
  for (const { id, provider } of theirs)
    onWarning(`phone ${id} was left on: run with --devices ${provider} to stop it`);
  if (!isFar(far) || on.length === theirs.length) return [];
  const inUse = await leasedElsewhere(parts);
  const ours = on.filter((each) => !theirs.includes(each) && !inUse.has(each.id));
  for (const { id } of on) {
    const campaign = inUse.get(id);
    if (campaign !== undefined) onWarning(`phone ${id} was left on, and campaign ${campaign} has it now: not stopped`);
  }
  const devices = await openFar(far, farParts(parts));
  const stopped = await Promise.all(ours.map(async ({ id }) => ({ id, answer: await devices.stop(id) })));
  await devices.close();
  for (const { answer } of stopped) if (!answer.ok) onWarning(answer.error.message);
  return stopped.flatMap(({ id, answer }) => (answer.ok ? [id] : []));
}

/** Phones that other campaigns work on, and which campaigns. */
async function leasedElsewhere({ campaign, desk }: FleetParts): Promise<Map<string, string>> {
  const phones = await desk.list();
  return new Map(
    phones.flatMap(({ id, lease }) =>
      lease === null || lease.campaign === campaign.name ? [] : [[id, lease.campaign] as const],
    ),
  );
}

const adbOf = ({ devices }: RunSettings): AdbPhones => (devices.provider === "adb" ? devices : ADB_PHONES);

/** What the provider of `--devices` says of its phones now, touching none. The error says in one line why it says nothing. */
export async function phoneStates({
  devices,
}: RunSettings): Promise<Result<Pick<DeviceView, "id" | "state">[], string>> {
  if (isFar(devices)) return farStates(devices);
  if (devices.provider !== "adb") return ok([]);
  const { binary, serials, systemPorts, adbPort } = devices;
  const phones = new AdbDevices({
    binary,
    port: adbPort ?? (await adbPortOf(devices)),
    home: process.env.HOME ?? homedir(),
    mark: null,
    serials,
    isPrivate: devices.isPrivate,
    forwardPorts: systemPorts,
    deadlines: {},
    processes: null,
    accountsOn: null,
    accountType: null,
  });
  const listed = await phones.list();
  await phones.close(); // a private server that we started for the question
  return listed.ok ? ok(listed.value) : err(listed.error.message);
}

async function farStates(far: FarPhones): Promise<Result<SeenPhone[], string>> {
  const says = await askProvider(far, process.env, "phones");
  const phones = says.ok ? says.value.phones : says;
  return phones.ok ? ok(phones.value) : err(phones.error.message);
}
