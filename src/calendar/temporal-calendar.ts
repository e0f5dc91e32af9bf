// The calendar of core/calendar.ts, over Temporal and the zone data of this Node.
import { Temporal } from "temporal-polyfill";
import type { Calendar, Window } from "../core/calendar.ts";
import { type Instant, instant, type LocalDay, localDay } from "../core/ids.ts";

/** A local day and the instants it holds: `start` <= t < `end`. */
type Day = { start: Instant; end: Instant; day: LocalDay; date: Temporal.PlainDate };

/** The last answer about a window: for all of `since` <= t < `until` it is open (`opens` = null), or opens at `opens`. */
type Spell = { since: Instant; until: Instant; opens: Instant | null };

const DAY_MINUTES = 1440;

/**
 * Opens a calendar that remembers the last day asked for in each zone, and the last answer about each window.
 *
 * Days are told by their starts, so they follow each other even where clocks go back over midnight. Windows go by the
 * clock on the wall: one that starts in an hour that is skipped opens when the skip ends; in an hour that comes twice it
 * opens and closes with the first. `from` = `to` means always open.
 * Errors: throws RangeError for a name that is no zone (`isZone` tells).
 */
export function openCalendar(): Calendar {
  const last = new Map<string, Day>();
  const dayAt = (at: Instant, zone: string): Day => {
    const known = last.get(zone);
    if (known !== undefined && at >= known.start && at < known.end) return known;
    const day = readDay(at, zone);
    last.set(zone, day);
    return day;
  };
  const spells = new Map<string, Spell>();
  const opens = (at: Instant, zone: string, window: Window): Instant => {
    if (window.from === window.to) return at;
    const key = `${zone} ${window.from} ${window.to}`;
    let spell = spells.get(key);
    if (spell === undefined || at < spell.since || at >= spell.until) {
      spell = readSpell(at, zone, window, dayAt(at, zone).date);
      spells.set(key, spell);
    }
    return spell.opens ?? at;
  };
  return {
    opens,
    dayOf: (at, zone) => dayAt(at, zone).day,
    nextDay: (at, zone) => dayAt(at, zone).end,
  };
}

/** Whether `name` is a zone this Node knows, such as `Europe/Berlin`. */
export function isZone(name: string): boolean {
  try {
    Temporal.Now.instant().toZonedDateTimeISO(name);
    return true;
  } catch {
    return false; // a RangeError; the polyfill throws nothing else here
  }
}

function readDay(at: Instant, zone: string): Day {
  let date = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate();
  // Where clocks go back over midnight, the evening of `date` comes again after the next day has begun.
  while (startOf(date.add({ days: 1 }), zone) <= at) date = date.add({ days: 1 });
  const end = startOf(date.add({ days: 1 }), zone);
  return { start: startOf(date, zone), end, day: localDay(date.toString()), date };
}

const startOf = (date: Temporal.PlainDate, zone: string) => instant(date.toZonedDateTime(zone).epochMilliseconds);

function readSpell(at: Instant, zone: string, window: Window, today: Temporal.PlainDate): Spell {
  const pastMidnight = window.from > window.to ? 1 : 0;
  for (let shift = -1; ; shift++) {
    const date = today.add({ days: shift });
    const opens = wallClock(date, window.from, zone);
    const closes = wallClock(date.add({ days: pastMidnight }), window.to, zone);
    if (at >= closes || opens >= closes) continue;
    return at < opens ? { since: at, until: opens, opens } : { since: opens, until: closes, opens: null };
  }
}

/** When the clock of `date` first shows `minute`, or more where that time is skipped. */
function wallClock(date: Temporal.PlainDate, minute: number, zone: string): Instant {
  if (minute >= DAY_MINUTES) return wallClock(date.add({ days: 1 }), minute - DAY_MINUTES, zone);
  const wanted = date.toPlainDateTime({ hour: Math.floor(minute / 60), minute: minute % 60 });
  const before = wanted.toZonedDateTime(zone, { disambiguation: "earlier" });
  if (before.toPlainDateTime().equals(wanted)) return instant(before.epochMilliseconds);
  const skipEnds = before.getTimeZoneTransition("next") ?? before;
  return instant(skipEnds.epochMilliseconds);
}
