// GeeLark's replies, read once. Unknown fields are left alone; a reply that misses what we need is no reply.
import { z } from "zod";

export const envelope = z.object({ code: z.number().int(), msg: z.string().default(""), data: z.unknown().optional() });

/** 0 started, 1 starting, 2 shut down, 3 expired. */
const status = z.number().int();
export type PhoneStatus = "on" | "starting" | "off" | "expired";
export const STATUS: readonly PhoneStatus[] = ["on", "starting", "off", "expired"];

const phone = z.object({
  id: z.string().min(1),
  serialName: z.string().default(""),
  status,
  group: z.object({ name: z.string().default("") }).nullish(),
  tags: z.array(z.object({ name: z.string() })).nullish(),
  equipmentInfo: z.object({ deviceModel: z.string().default(""), osVersion: z.string().default("") }).nullish(),
});
export const phonePage = z.object({ total: z.number().int(), items: z.array(phone).nullish() });

const failure = z.object({ code: z.number().int(), id: z.string(), msg: z.string().default("") });
export const batchDetails = z.object({
  successDetails: z
    .array(z.object({ id: z.string(), status: status.optional(), url: z.string().optional() }))
    .nullish(),
  failDetails: z.array(failure).nullish(),
});

/** The port is text, and all three are empty where the code is not 0. */
export const adbData = z.object({
  items: z
    .array(
      z.object({
        code: z.number().int(),
        id: z.string(),
        ip: z.string().default(""),
        port: z.union([z.string(), z.number()]).default(""),
        pwd: z.string().default(""),
      }),
    )
    .nullish(),
});

export const wallet = z.object({ balance: z.number(), giftMoney: z.number().default(0) });
