// What each call of the stand-in answers. Codes and shapes as documented (geelark-tech/geelark-openapi at 53bc538).
import type { StandInPhone, StandInPhones } from "./phones.ts";

export type Answered = { code: number; data?: unknown };
export type Asked = Record<string, unknown>;
type World = { phones: StandInPhones; balance: number };

const MOST_IDS: Readonly<Record<string, number>> = { "/open/v1/phone/status": 100, "/open/v1/phone/list": 100 };
const BROKE = 41001;

/** `null`: there is no such call. */
export async function answer(path: string, asked: Asked, world: World): Promise<Answered | null> {
  const { phones } = world;
  const ids = idsOf(asked);
  if (ids !== null && ids.length > (MOST_IDS[path] ?? 200)) return { code: 40004 };
  if (ids === null && path !== "/open/v1/phone/list" && path !== "/open/v1/pay/wallet") return { code: 40004 };
  switch (path) {
    case "/open/v1/phone/list":
      return list(phones, asked, ids);
    case "/open/v1/phone/status":
      return each(
        ids ?? [],
        async (id) => (phones.get(id) === null ? 42001 : 0),
        (id) => nameAndStatus(phones, id),
      );
    case "/open/v1/phone/start":
      if (world.balance <= 0) return { code: BROKE };
      return each(
        ids ?? [],
        async (id) => phones.start(id),
        (id) => {
          const url = `https://phones.invalid/see/${id}`;
          return phones.isUntold(id) ? null : { id, url, chargingMethod: "Per-minute usage" };
        },
      );
    case "/open/v1/phone/stop":
      return each(
        ids ?? [],
        (id) => phones.stop(id),
        (id) => nameAndStatus(phones, id),
      );
    case "/open/v1/adb/setStatus":
      for (const id of ids ?? []) phones.setAdb(id, asked.open === true);
      return { code: 0 };
    case "/open/v1/adb/getData":
      return { code: 0, data: { items: await Promise.all((ids ?? []).map((id) => door(phones, id))) } };
    case "/open/v1/pay/wallet":
      return { code: 0, data: { balance: world.balance, giftMoney: 0, availableTimeAddOn: 0 } };
    default:
      return null;
  }
}

function idsOf({ ids }: Asked): string[] | null {
  return Array.isArray(ids) && ids.every((id) => typeof id === "string") && ids.length > 0 ? ids : null;
}

/** A batch (`shown` is `null` where the answer is to say nothing of a phone): none failed 0, some 40006, all 40009; what failed stands in the details, and the documents' example has 0 there too. */
async function each(
  ids: readonly string[],
  doIt: (id: string) => Promise<number>,
  shown: (id: string) => unknown,
): Promise<Answered> {
  const successDetails: unknown[] = [];
  const failDetails: unknown[] = [];
  for (const id of new Set(ids)) {
    const code = await doIt(id);
    const done = code === 0 ? shown(id) : null;
    if (done !== null) successDetails.push(done);
    if (code !== 0) failDetails.push({ code, id, msg: WORDS[code] ?? "failed" });
  }
  const totalAmount = successDetails.length + failDetails.length;
  const amounts = { totalAmount, successAmount: successDetails.length, failAmount: failDetails.length };
  const code = failDetails.length === 0 ? 0 : failDetails.length < totalAmount ? 40006 : 40009;
  return { code, data: { ...amounts, successDetails, failDetails } };
}

const nameAndStatus = (phones: StandInPhones, id: string) => ({
  id,
  serialName: phones.get(id)?.name ?? "",
  status: phones.status(id),
});

async function door(phones: StandInPhones, id: string): Promise<unknown> {
  const { code, port, password } = await phones.adbData(id);
  if (code !== 0) return { code, id, ip: "", port: "", pwd: "" };
  return { code, id, ip: "127.0.0.1", port: String(port), pwd: password };
}

function list(phones: StandInPhones, asked: Asked, ids: string[] | null): Answered {
  const [page, pageSize] = [Number(asked.page ?? 1), Number(asked.pageSize ?? 10)];
  if (!(page >= 1 && pageSize >= 1 && pageSize <= 100)) return { code: 40008 };
  const found = phones.all().filter((phone) => isAsked(phone, asked) && (ids === null || ids.includes(phone.id)));
  const items = ids === null ? found.slice((page - 1) * pageSize, page * pageSize) : found;
  return { code: 0, data: { total: found.length, page, pageSize, items: items.map((p) => row(phones, p)) } };
}

function isAsked(phone: StandInPhone, { groupName, serialName, tags }: Asked): boolean {
  if (typeof groupName === "string" && groupName !== "" && phone.group !== groupName) return false;
  if (typeof serialName === "string" && serialName !== "" && !phone.name.includes(serialName)) return false;
  return !Array.isArray(tags) || tags.every((tag) => phone.tags.includes(String(tag)));
}

const row = (phones: StandInPhones, { id, name, group, tags }: StandInPhone) => ({
  id,
  serialName: name,
  serialNo: id.slice(-3),
  group: { id: `g-${group}`, name: group, remark: "" },
  remark: "",
  status: phones.status(id),
  tags: tags.map((tag) => ({ name: tag })),
  equipmentInfo: { countryName: "Germany", osVersion: "Android 13.0", deviceModel: "SimPhone", timeZone: "UTC" },
  proxy: null,
  chargeMode: 0,
  rpaStatus: 0,
});

export const WORDS: Readonly<Record<number, string>> = {
  40000: "unknown error",
  40002: "traceId can not be empty",
  40003: "sign verification failed",
  40004: "invalid params",
  40005: "resource not found",
  40006: "partial success",
  40007: "too many requests",
  40008: "invalid page",
  40009: "all failed",
  40014: "too many requests, locked",
  41001: "balance not enough",
  42001: "env not found",
  42002: "env is not running",
  43004: "env is expired",
  43005: "env is executing a task",
  43006: "env is being remotely connected",
  43007: "env is in use by another user",
  43008: "env reached its open limit of today",
  43020: "env is currently unavailable",
  43029: "this model is under maintenance",
  45002: "proxy is unavailable",
  47002: "too many concurrent requests",
  49002: "adb is not supported",
};
