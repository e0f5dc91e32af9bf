// Phones that cost while they are on: written down before they are switched on, until they are known to be off.
import { instant, millis } from "../../core/ids.ts";
import type { PhoneSpent, PhonesOn, PhoneTime } from "../ledger.ts";
import type { Scope } from "./scope.ts";

export function openPhoneTime(scope: Scope): PhoneTime {
  return {
    switchOn: ({ id, provider }) =>
      scope.write((tx) => {
        const run = scope.openRun()?.id ?? null;
        const campaign = scope.ensure(tx);
        // no event: nobody knows when it went off
        const ended = "UPDATE phone_time SET off_at = ? WHERE device = ? AND campaign <> ? AND off_at IS NULL";
        tx.db.run(ended, tx.now, id, campaign);
        tx.db.run(
          "INSERT INTO phone_time (device, provider, campaign, run, on_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
          id,
          provider,
          campaign,
          run,
          tx.now,
        );
      }),
    switchOff: (id) =>
      scope.write((tx) => {
        const sql =
          "UPDATE phone_time SET off_at = ? WHERE device = ? AND campaign = ? AND off_at IS NULL RETURNING on_at";
        const row = tx.db.one<{ on_at: number }>(sql, tx.now, id, scope.find());
        if (row !== undefined)
          scope.emit(tx, { type: "device.off", device: id, on_ms: Math.max(0, tx.now - row.on_at) });
      }),
    on: async () =>
      scope.db
        .all<{ device: string; provider: string; on_at: number }>(
          "SELECT device, provider, on_at FROM phone_time WHERE campaign = ? AND off_at IS NULL ORDER BY on_at, id",
          scope.find(),
        )
        .map(({ device, provider, on_at }): PhonesOn => ({ id: device, provider, since: instant(on_at) })),
    spent: async () =>
      scope.db
        .all<{ device: string; ms: number; starts: number; still: number }>(
          `SELECT device, sum(max(0, coalesce(off_at, ?1) - on_at)) AS ms, count(*) AS starts, max(off_at IS NULL) AS still
           FROM phone_time WHERE run = (SELECT max(id) FROM run WHERE campaign = ?2) GROUP BY device ORDER BY device`,
          scope.deps.now(),
          scope.find(),
        )
        .map(
          ({ device, ms, starts, still }): PhoneSpent => ({ id: device, ms: millis(ms), starts, isOn: still === 1 }),
        ),
  };
}
