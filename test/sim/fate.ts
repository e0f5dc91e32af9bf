// What befalls a world: faults, each at the n-th time that something comes so far. Drawn from the seed, counted by cell.
import { LedgerError } from "../../src/ledger/ledger.ts";
import type { CallAbout, Fate, Step, Struck } from "../../src/virtual/fate.ts";
import type { Life } from "../../src/virtual/life.ts";
import { Dice } from "./dice.ts";
import type { Plan } from "./plan.ts";

export const FAULTS = [
  "kill",
  "freeze",
  "stop",
  "stop_now",
  "clock_forward",
  "clock_back",
  "person",
  "disk_before",
  "disk_after",
  "worker_crash",
  "worker_hang",
  "late_word",
  "doubled",
  "unread",
  "take_over",
] as const;
export type Fault = (typeof FAULTS)[number];

export const PLACES = [
  "starting",
  "claiming",
  "media",
  "working",
  "asking",
  "granted",
  "tapped",
  "told",
  "settling",
  "closing",
  "delay",
  "looking",
  "between",
  "ending",
] as const;
export type PlaceName = (typeof PLACES)[number];

/** Where a ledger call belongs. */
const PLACE_OF: Record<string, PlaceName> = {
  "runs.reign": "starting",
  "runs.open": "starting",
  "runs.openAttempts": "starting",
  "runs.deal": "starting",
  "outbox.read": "starting",
  "outbox.drop": "starting",
  "runs.openPass": "claiming",
  "claims.peek": "claiming",
  "claims.claim": "claiming",
  "claims.recordMedia": "media",
  "claims.spoke": "working",
  "claims.step": "working",
  "claims.markPublishing": "asking",
  "claims.settle": "settling",
  "runs.facts": "closing",
  "runs.stats": "closing",
  "runs.closePass": "closing",
  "runs.setDelay": "delay",
  "looks.list": "looking",
  "looks.record": "looking",
  "runs.requeue": "between",
  "runs.wake": "between",
  "runs.finish": "ending",
};
const OF_ATTEMPT: readonly PlaceName[] = ["media", "working", "asking", "granted", "tapped", "told"];
const WITH_DISK: readonly PlaceName[] = PLACES.filter((p) => !["granted", "tapped", "told"].includes(p));

/** Whether such a fault can be at such a place at all. */
export function isPossible(fault: Fault, place: PlaceName): boolean {
  switch (fault) {
    case "disk_before":
    case "disk_after":
      return WITH_DISK.includes(place);
    case "worker_crash":
    case "worker_hang":
    case "late_word":
      return OF_ATTEMPT.includes(place);
    case "doubled":
      return place === "told";
    case "unread":
      return place === "starting";
    default:
      return true;
  }
}

export const CELLS: readonly [Fault, PlaceName][] = FAULTS.flatMap((fault) =>
  PLACES.filter((place) => isPossible(fault, place)).map((place): [Fault, PlaceName] => [fault, place]),
);

/** How fate lays hands on the world. */
export type Hands = {
  kill(life: Life): void;
  freeze(life: Life, ms: number): void;
  stop(life: Life, stage: 1 | 2, inMs: number): void;
  setClock(byMs: number): void;
  person(): void;
  hang(worker: Struck, ms: number): void;
  double(worker: Struck): void;
  /** Whether ends lie in the outbox that could be read. */
  hasLeft(): boolean;
  /** A disk error keeps them from this reader; the next one finds them. */
  hide(): void;
  /** It is frozen for so long, and somebody takes its campaign over. */
  takeOver(life: Life, ms: number): void;
  /** A call of the ledger, for the oracle. Told before fate is. */
  called(life: Life, call: Called): void;
};

export type Called = CallAbout & { method: string; when: "before" | "after" };

type Trigger = { fault: Fault; place: PlaceName; nth: number };
type At = {
  place: PlaceName;
  life: Life;
  worker: Struck | null;
  call: "before" | "after" | null;
  /** Is about to read ends from the outbox. */
  reads: boolean;
};

export class ChaosFate implements Fate {
  /** Cells hit, as `fault/place`. */
  readonly hits: string[] = [];
  isArmed = true;
  readonly #dice: Dice;
  readonly #plan: Plan;
  readonly #hands: Hands;
  #triggers: Trigger[];
  /** The next word of this worker takes so much longer. */
  #lateMs = 0;

  constructor(plan: Plan, hands: Hands) {
    this.#plan = plan;
    this.#hands = hands;
    this.#dice = new Dice(plan.seed ^ 0x5bd1e995);
    this.#triggers = drawTriggers(plan.seed, this.#dice);
  }

  step(step: Step, worker: Struck): void {
    this.#at({ place: step, life: worker.parent, worker, call: null, reads: false });
  }

  call(life: Life, method: string, when: "before" | "after", about: CallAbout): Error | null {
    if (when === "after") this.#hands.called(life, { method, when, ...about });
    const place = PLACE_OF[method];
    const reads = method === "outbox.read" && when === "before" && this.#hands.hasLeft();
    const error = place === undefined ? null : this.#at({ place, life, worker: null, call: when, reads });
    if (when === "before" && error === null && life.isAlive) this.#hands.called(life, { method, when, ...about });
    return error;
  }

  latency(of: "message" | "ledger"): number {
    const most = of === "message" ? this.#plan.messageMs : this.#plan.ledgerMs;
    const late = of === "message" ? this.#lateMs : 0;
    if (late > 0) this.#lateMs = 0;
    return late + (most === 0 ? 0 : Math.floor(this.#dice.next() * most));
  }

  #at(at: At): Error | null {
    if (!this.isArmed || this.#triggers.length === 0) return null;
    let error: Error | null = null;
    for (const trigger of this.#triggers) {
      if (trigger.place !== at.place || !fits(trigger.fault, at) || --trigger.nth > 0) continue;
      this.#triggers = this.#triggers.filter((t) => t !== trigger);
      this.hits.push(`${trigger.fault}/${trigger.place}`);
      error = this.#strike(trigger.fault, at) ?? error;
      if (!at.life.isAlive) break;
    }
    return error;
  }

  #strike(fault: Fault, { place, life, worker, call }: At): Error | null {
    const d = this.#dice;
    const isDelay = place === "delay";
    const inMs = isDelay ? d.int(0, 20_000) : 0;
    const then = (run: () => void) => life.timeline.after(inMs, run);
    switch (fault) {
      case "kill":
        if (isDelay) then(() => this.#hands.kill(life));
        else this.#hands.kill(life);
        return null;
      case "freeze":
        then(() => this.#hands.freeze(life, d.int(1, 120_000)));
        return null;
      case "stop":
        this.#hands.stop(life, 1, inMs);
        return null;
      case "stop_now":
        this.#hands.stop(life, 2, inMs);
        return null;
      case "clock_forward":
        then(() => this.#hands.setClock(d.pick([1_000, 3_600_000, 25 * 3_600_000])));
        return null;
      case "clock_back":
        then(() => this.#hands.setClock(-d.pick([1_000, 600_000, 3_600_000])));
        return null;
      case "person":
        then(() => this.#hands.person());
        return null;
      case "disk_before":
      case "disk_after":
        return new LedgerError("disk", `could not write: ${d.pick(["ENOSPC", "EIO"])} (${fault} ${call})`);
      case "worker_crash":
        worker?.life.kill();
        return null;
      case "worker_hang":
        if (worker !== null) this.#hands.hang(worker, d.pick([5_000, 30_000, 600_000]));
        return null;
      case "late_word":
        this.#lateMs = d.int(1_000, 15_000);
        return null;
      case "take_over":
        then(() => this.#hands.takeOver(life, d.int(1_000, 120_000)));
        return null;
      case "doubled":
        if (worker !== null) this.#hands.double(worker);
        return null;
      case "unread":
        this.#hands.hide();
        return null;
    }
  }
}

function fits(fault: Fault, { call, worker, reads }: At): boolean {
  if (fault === "unread") return reads;
  if (fault === "disk_before" || fault === "disk_after") return call === fault.slice(5);
  if (fault.startsWith("worker") || fault === "late_word" || fault === "doubled") return worker !== null;
  return true;
}

/** Where a fault finds its moment less often, it is drawn more often. */
const RARE: readonly PlaceName[] = ["media", "granted", "tapped", "told", "between", "delay"];
const OFTEN = [...CELLS, ...CELLS.filter(([, place]) => RARE.includes(place))];
/** Few starts find ends left behind. */
const TURNS = [
  ...CELLS,
  ...CELLS.filter(([fault]) => fault === "unread"),
  ...CELLS.filter(([fault]) => fault === "unread"),
];

/** Orchestrators that die while their workers post. */
const leavesEnds = (d: Dice): Trigger[] =>
  [1, 2].map(() => ({ fault: "kill", place: d.pick<PlaceName>(["granted", "tapped"]), nth: d.int(1, 4) }));

/** One by turns, so that every cell has its seeds; others as they come. */
function drawTriggers(seed: number, d: Dice): Trigger[] {
  const [fault, place] = TURNS[seed % TURNS.length] as [Fault, PlaceName];
  const most = (p: PlaceName) => (OF_ATTEMPT.includes(p) || p === "claiming" || p === "settling" ? 16 : 3);
  const triggers: Trigger[] = [{ fault, place, nth: d.int(1, Math.ceil(most(place) / 4)) }];
  if (fault === "unread") triggers.push(...leavesEnds(d));
  for (let i = d.int(0, 8); i > 0; i--) {
    const [f, p] = d.pick(OFTEN);
    triggers.push({ fault: f, place: p, nth: d.int(1, most(p)) });
  }
  return triggers;
}
