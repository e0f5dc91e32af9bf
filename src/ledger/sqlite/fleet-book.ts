// Phones that a campaign's fleet holds: leased and written down before they are started, given back once they are stopped.
import { instant } from "../../core/ids.ts";
import type { DeviceName, DeviceTake, DeviceTaken, FleetBook, Untold } from "../ledger.ts";
import { IS_OUT } from "./eligible.ts";
import type { Scope } from "./scope.ts";
import type { Tx } from "./writer.ts";

/** A phone of another campaign is asked for again after this long. */
const LEASED_MS = 300;

export function openFleetBook(scope: Scope): FleetBook {
  return {
    take: (device, mark, how) => scope.write((tx) => take(tx, scope, { device, mark, how })),
    ready: (id) =>
      scope.write((tx) => {
        const row = tx.db.one<{ started_at: number }>(
          `UPDATE device SET ready_at = ?1, fault_cause = NULL, fault_message = NULL, fault_at = NULL, faults = 0
           WHERE id = ?2 AND started_at IS NOT NULL RETURNING started_at`,
          tx.now,
          id,
        );
        if (row !== undefined)
          scope.emit(tx, { type: "device.ready", device: id, duration_ms: tx.now - row.started_at });
      }),
    give: (id, fault, how) => scope.write((tx) => give(tx, scope, { id, fault, how })),
    leasePort: (port, mark) =>
      scope.write((tx) => {
        const sql = "INSERT INTO port_lease (port, campaign, mark) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
        return tx.db.run(sql, port, scope.ensure(tx), mark) > 0;
      }),
    freePorts: () => scope.write((tx) => void tx.db.run("DELETE FROM port_lease WHERE campaign = ?", scope.find())),
    async left(mark) {
      const sql =
        "SELECT id, provider, was_on FROM device WHERE campaign = ? AND mark IS NOT NULL AND mark <> ? ORDER BY id";
      type Row = DeviceName & { was_on: number };
      const rows = scope.db.all<Row>(sql, scope.find(), mark);
      return rows.map(({ id, provider, was_on }) => ({ id, provider, wasOn: was_on === 1 }));
    },
  };
}

type Taking = { device: DeviceTake; mark: string; how: Untold | undefined };

function take(tx: Tx, scope: Scope, { device, mark, how }: Taking): DeviceTaken {
  const out = tx.db.one<{ out_until: number | null }>(
    `SELECT out_until FROM device WHERE id = ? AND ${IS_OUT}`,
    device.id,
    tx.now,
  );
  if (out !== undefined && how?.isToStop !== true)
    return { ok: false, why: "out", until: out.out_until === null ? null : instant(out.out_until) };
  const campaign = scope.ensure(tx);
  const took = tx.db.run(
    "INSERT INTO device_lease (device, campaign, attempt, mark, taken_at) VALUES (?, ?, NULL, ?, ?) ON CONFLICT DO NOTHING",
    device.id,
    campaign,
    mark,
    tx.now,
  );
  if (took === 0) return { ok: false, why: "leased", until: instant(tx.now + LEASED_MS) };
  tx.db.run(
    `INSERT INTO device (id, provider, campaign, mark, started_at, was_on) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
     ON CONFLICT DO UPDATE SET provider = ?2, campaign = ?3, mark = ?4, started_at = ?5, was_on = ?6, ready_at = NULL`,
    device.id,
    device.provider,
    campaign,
    mark,
    tx.now,
    device.wasOn ? 1 : 0,
  );
  if (how === undefined) scope.emit(tx, { type: "device.started", device: device.id, provider: device.provider });
  return { ok: true };
}

type Giving = { id: string; fault: { cause: string; message: string } | null; how: Untold | undefined };

function give(tx: Tx, scope: Scope, { id, fault, how }: Giving): void {
  const campaign = scope.find();
  const ours = "WHERE device = ? AND campaign = ? AND attempt IS";
  tx.db.run(`DELETE FROM device_lease ${ours} NULL`, id, campaign);
  tx.db.run(`UPDATE device_lease SET mark = NULL ${ours} NOT NULL`, id, campaign); // its settling frees it
  const stopped = tx.db.run(
    "UPDATE device SET campaign = NULL, mark = NULL, started_at = NULL, ready_at = NULL WHERE id = ? AND campaign = ? AND mark IS NOT NULL",
    id,
    campaign,
  );
  if (stopped === 0) return;
  if (fault !== null) {
    tx.db.run(
      "UPDATE device SET fault_cause = ?, fault_message = ?, fault_at = ?, faults = faults + 1 WHERE id = ?",
      fault.cause,
      fault.message,
      tx.now,
      id,
    );
  }
  if (how === undefined) scope.emit(tx, { type: "device.stopped", device: id, fault });
}
