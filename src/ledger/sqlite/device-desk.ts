import { attemptId, instant } from "../../core/ids.ts";
import type { DeviceDesk, DeviceStanding } from "../ledger.ts";
import { deviceOut } from "../ledger-events.ts";
import type { Database } from "./database.ts";
import type { Writer } from "./writer.ts";

type Row = {
  id: string;
  provider: string;
  campaign_name: string | null;
  mark: string | null;
  started_at: number | null;
  ready_at: number | null;
  lease_campaign: string | null;
  lease_attempt: string | null;
  taken_at: number | null;
  out_by: "person" | "run" | null;
  out_cause: string | null;
  out_reason: string | null;
  out_since: number | null;
  out_until: number | null;
  fault_cause: string | null;
  fault_message: string | null;
  fault_at: number | null;
  faults: number;
};

const ALL = `
SELECT d.*, c.name AS campaign_name, lc.name AS lease_campaign, a.key AS lease_attempt, l.taken_at
FROM device d LEFT JOIN campaign c ON c.id = d.campaign LEFT JOIN device_lease l ON l.device = d.id
LEFT JOIN campaign lc ON lc.id = l.campaign LEFT JOIN attempt a ON a.id = l.attempt
ORDER BY d.out_since IS NULL, d.id`;

export function openDeviceDesk(db: Database, writer: Writer): DeviceDesk {
  return {
    on: async () =>
      db
        .all<{ device: string; provider: string; campaign: string; on_at: number }>(
          `SELECT t.device, t.provider, c.name AS campaign, t.on_at FROM phone_time t JOIN campaign c ON c.id = t.campaign
           WHERE t.off_at IS NULL ORDER BY t.on_at, t.id`,
        )
        .map(({ device, provider, campaign, on_at }) => ({ id: device, provider, campaign, since: instant(on_at) })),
    list: async () => db.all<Row>(ALL).map(standingOf),
    takeOut: ({ id, provider }, out) =>
      writer.write((tx) => {
        tx.db.run(
          `INSERT INTO device (id, provider, out_by, out_cause, out_reason, out_since, out_until) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
           ON CONFLICT DO UPDATE SET out_by = ?3, out_cause = ?4, out_reason = ?5, out_since = ?6, out_until = ?7`,
          id,
          provider,
          out.by,
          out.cause,
          out.reason,
          tx.now,
          out.until,
        );
        tx.emit({ campaign: null, run: "-" }, deviceOut(id, out));
      }),
    putBack: (id, by) =>
      writer.write((tx) => {
        const changed = tx.db.run(
          "UPDATE device SET out_by = NULL, out_cause = NULL, out_reason = NULL, out_since = NULL, out_until = NULL WHERE id = ? AND out_since IS NOT NULL",
          id,
        );
        if (changed > 0) tx.emit({ campaign: null, run: "-" }, { type: "device.returned", device: id, by });
        return changed > 0;
      }),
  };
}

function standingOf(row: Row): DeviceStanding {
  return {
    id: row.id,
    provider: row.provider,
    started: startedOf(row),
    lease: leaseOf(row),
    out: outOf(row),
    fault: faultOf(row),
  };
}

function startedOf({ campaign_name, mark, started_at, ready_at }: Row): DeviceStanding["started"] {
  if (mark === null || started_at === null) return null;
  const readyAt = ready_at === null ? null : instant(ready_at);
  return { campaign: campaign_name ?? "-", mark, at: instant(started_at), readyAt };
}

function leaseOf({ lease_campaign, lease_attempt, taken_at }: Row): DeviceStanding["lease"] {
  if (taken_at === null) return null;
  const attempt = lease_attempt === null ? null : attemptId(lease_attempt);
  return { campaign: lease_campaign ?? "-", attempt, since: instant(taken_at) };
}

function outOf({ out_by, out_cause, out_reason, out_since, out_until }: Row): DeviceStanding["out"] {
  if (out_since === null) return null;
  const until = out_until === null ? null : instant(out_until);
  return { by: out_by ?? "person", cause: out_cause ?? "", reason: out_reason ?? "", since: instant(out_since), until };
}

function faultOf({ fault_cause, fault_message, fault_at, faults }: Row): DeviceStanding["fault"] {
  if (fault_cause === null) return null;
  return { cause: fault_cause, message: fault_message ?? "", at: instant(fault_at ?? 0), times: faults };
}
