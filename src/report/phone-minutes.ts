// What the phones cost, at the end of a run and in the status.
import { harmless } from "./harmless.ts";
import { count } from "./words.ts";

export type PhoneMinutes = {
  minutes: number;
  per_post: number | null;
  phones: readonly { device: string; minutes: number; starts: number; is_on: boolean }[];
};

const LISTED = 10;

/** The sum, the dearest phones, and those that still cost. */
export function phoneMinutesTold({ minutes, per_post, phones }: PhoneMinutes): string[] {
  if (phones.length === 0) return [];
  const starts = phones.reduce((sum, phone) => sum + phone.starts, 0);
  const perPost = per_post === null ? "" : `, ${per_post.toFixed(2)} a post`;
  const dearest = [...phones].sort((a, b) => b.minutes - a.minutes).slice(0, LISTED);
  const named = dearest.map((phone) => `${harmless(phone.device)} ${phone.minutes.toFixed(1)}`).join(", ");
  const more = phones.length > LISTED ? ` and ${phones.length - LISTED} more` : "";
  const on = phones.filter(({ is_on }) => is_on).map(({ device }) => harmless(device));
  return [
    `Phone minutes: ${minutes.toFixed(1)}${perPost}; ${count(phones.length, "phone")}, ${count(starts, "start")}`,
    `  ${named}${more}`,
    ...(on.length === 0
      ? []
      : [`  still on, and paid for: ${on.join(", ")} (the next run, or reprise sweep, stops them)`]),
  ];
}
