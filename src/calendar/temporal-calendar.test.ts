import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Window } from "../core/calendar.ts";
import { type Instant, instant } from "../core/ids.ts";
import { isZone, openCalendar } from "./temporal-calendar.ts";

const at = (iso: string): Instant => instant(Date.parse(iso));
const iso = (i: Instant) => new Date(i).toISOString().replace(".000Z", "Z");

const days: [why: string, zone: string, at: string, day: string, next: string][] = [
  ["a plain day", "Europe/Berlin", "2026-11-23T12:00:00Z", "2026-11-23", "2026-11-23T23:00:00Z"],
  ["the last moment of a day", "Europe/Berlin", "2026-11-23T22:59:59Z", "2026-11-23", "2026-11-23T23:00:00Z"],
  ["the first of the next", "Europe/Berlin", "2026-11-23T23:00:00Z", "2026-11-24", "2026-11-24T23:00:00Z"],
  ["a day of 23 hours", "Europe/Berlin", "2026-03-29T00:30:00Z", "2026-03-29", "2026-03-29T22:00:00Z"],
  ["a day of 25 hours", "Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25", "2026-10-25T23:00:00Z"],
  ["a day of 23 hours, west", "America/New_York", "2026-03-08T05:00:00Z", "2026-03-08", "2026-03-09T04:00:00Z"],
  ["a day of 25 hours, west", "America/New_York", "2026-11-01T04:00:00Z", "2026-11-01", "2026-11-02T05:00:00Z"],
  ["a shift of half an hour on", "Australia/Lord_Howe", "2026-10-03T13:30:00Z", "2026-10-04", "2026-10-04T13:00:00Z"],
  ["a shift of half an hour back", "Australia/Lord_Howe", "2026-04-04T13:00:00Z", "2026-04-05", "2026-04-05T13:30:00Z"],
  [
    "no midnight: the day begins at 1",
    "America/Sao_Paulo",
    "2018-11-04T03:00:00Z",
    "2018-11-04",
    "2018-11-05T02:00:00Z",
  ],
  ["before a day without midnight", "America/Sao_Paulo", "2018-11-04T02:59:59Z", "2018-11-03", "2018-11-04T03:00:00Z"],
  ["no midnight in spring", "Asia/Beirut", "2026-03-28T22:00:00Z", "2026-03-29", "2026-03-29T21:00:00Z"],
  [
    "back over midnight: the new day has begun",
    "America/St_Johns",
    "2010-11-07T02:45:00Z",
    "2010-11-07",
    "2010-11-08T03:30:00Z",
  ],
  ["a day that was left out", "Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29", "2011-12-30T10:00:00Z"],
  ["14 hours ahead", "Pacific/Kiritimati", "2026-11-23T10:00:00Z", "2026-11-24", "2026-11-24T10:00:00Z"],
  ["12 hours behind", "Etc/GMT+12", "2026-11-23T11:59:00Z", "2026-11-22", "2026-11-23T12:00:00Z"],
  ["UTC", "UTC", "2026-11-23T23:59:59Z", "2026-11-23", "2026-11-24T00:00:00Z"],
];
for (const [why, zone, when, day, next] of days) {
  test(`${zone} at ${when}: ${why}`, () => {
    const calendar = openCalendar();
    assert.equal(calendar.dayOf(at(when), zone), day);
    assert.equal(iso(calendar.nextDay(at(when), zone)), next);
    assert.ok(calendar.dayOf(calendar.nextDay(at(when), zone), zone) > day, "the next day comes next");
  });
}

const clock = (text: string): Window => {
  const [from, to] = text.split("-").map((t) => Number(t.slice(0, 2)) * 60 + Number(t.slice(3)));
  return { from: from ?? 0, to: to ?? 0 };
};
const windows: [why: string, zone: string, window: string, at: string, opens: string][] = [
  ["open", "Europe/Berlin", "08:00-22:00", "2026-11-23T12:00:00Z", "2026-11-23T12:00:00Z"],
  ["too early", "Europe/Berlin", "08:00-22:00", "2026-11-23T05:00:00Z", "2026-11-23T07:00:00Z"],
  ["just closed", "Europe/Berlin", "08:00-22:00", "2026-11-23T21:00:00Z", "2026-11-24T07:00:00Z"],
  ["tomorrow is in summer time", "Europe/Berlin", "08:00-22:00", "2026-03-28T22:00:00Z", "2026-03-29T06:00:00Z"],
  ["over midnight, in its evening", "Europe/Berlin", "22:00-06:00", "2026-11-23T22:30:00Z", "2026-11-23T22:30:00Z"],
  ["over midnight, in its morning", "Europe/Berlin", "22:00-06:00", "2026-11-23T04:59:59Z", "2026-11-23T04:59:59Z"],
  ["over midnight, closed by day", "Europe/Berlin", "22:00-06:00", "2026-11-23T05:00:00Z", "2026-11-23T21:00:00Z"],
  ["starts in a skipped hour", "Europe/Berlin", "02:30-05:00", "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z"],
  [
    "is all in a skipped hour: tomorrow",
    "Europe/Berlin",
    "02:10-02:50",
    "2026-03-29T00:00:00Z",
    "2026-03-30T00:10:00Z",
  ],
  [
    "starts in an hour that comes twice",
    "Europe/Berlin",
    "02:30-05:00",
    "2026-10-25T00:00:00Z",
    "2026-10-25T00:30:00Z",
  ],
  [
    "starts at a midnight that is not",
    "America/Sao_Paulo",
    "00:00-06:00",
    "2018-11-04T02:00:00Z",
    "2018-11-04T03:00:00Z",
  ],
  ["until midnight", "UTC", "18:00-24:00", "2026-11-23T23:59:00Z", "2026-11-23T23:59:00Z"],
  ["until midnight, after it", "UTC", "18:00-24:00", "2026-11-24T00:00:00Z", "2026-11-24T18:00:00Z"],
  ["from = to is always", "UTC", "08:00-08:00", "2026-11-24T00:00:00Z", "2026-11-24T00:00:00Z"],
];
for (const [why, zone, window, when, opens] of windows) {
  test(`window ${window} of ${zone} at ${when}: ${why}`, () => {
    assert.equal(iso(openCalendar().opens(at(when), zone, clock(window))), opens);
  });
}

test("days never go back, whatever was asked before", () => {
  const zone = fc.constantFrom(
    "Europe/Berlin",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Cairo",
  );
  const when = fc.integer({ min: Date.parse("2000-01-01"), max: Date.parse("2035-01-01") }).map(instant);
  const calendar = openCalendar();
  return fc.assert(
    fc.property(zone, when, fc.nat(40 * 3_600_000), (zone, a, by) => {
      const [day, end, later] = [
        calendar.dayOf(a, zone),
        calendar.nextDay(a, zone),
        calendar.dayOf(instant(a + by), zone),
      ];
      return later >= day && end > a && openCalendar().dayOf(a, zone) === day && later > day === a + by >= end;
    }),
  );
});

test("the time at which a window opens is one at which it is open", () => {
  const when = fc.integer({ min: Date.parse("2024-01-01"), max: Date.parse("2027-01-01") }).map(instant);
  const zone = fc.constantFrom("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Beirut");
  const calendar = openCalendar();
  return fc.assert(
    fc.property(zone, when, fc.nat(1439), fc.integer({ min: 1, max: 1440 }), (zone, a, from, to) => {
      const opens = calendar.opens(a, zone, { from, to });
      return (
        opens >= a &&
        calendar.opens(opens, zone, { from, to }) === opens &&
        openCalendar().opens(a, zone, { from, to }) === opens &&
        opens - a < 50 * 3_600_000
      );
    }),
  );
});

test("zone names are told from others", () => {
  assert.deepEqual(["Europe/Berlin", "UTC", "Berlin", "", "Europe/Nowhere"].map(isZone), [
    true,
    true,
    false,
    false,
    false,
  ]);
});
