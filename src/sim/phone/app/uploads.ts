// The posting app's uploads. They belong to the phone, not to whoever tapped: they go on without Appium, and after a boot.

export type Upload = { id: number; account: string; mediaSha256: string; caption: string };
/** Why no upload moves just now. */
export type Pause = "rebooting" | "app_stopped" | "offline";
type Pending = Upload & { leftMs: number; startedAt: number; timer: NodeJS.Timeout | null };

export class Uploads {
  #pending = new Map<number, Pending>();
  #pauses = new Set<Pause>();
  #done: (upload: Upload) => void;
  #nextId = 1;

  /** @param done  called once per upload, when the platform has it */
  constructor(done: (upload: Upload) => void) {
    this.#done = done;
  }

  get pending(): readonly Upload[] {
    return [...this.#pending.values()].map(({ id, account, mediaSha256, caption }) => {
      return { id, account, mediaSha256, caption };
    });
  }

  /** @param ms  how long it takes; 0 = it is there before the next screen */
  start(upload: Omit<Upload, "id">, ms: number): number {
    const pending = { ...upload, id: this.#nextId++, leftMs: ms, startedAt: 0, timer: null };
    this.#pending.set(pending.id, pending);
    this.#go(pending);
    return pending.id;
  }

  pause(why: Pause): void {
    this.#pauses.add(why);
    for (const upload of this.#pending.values()) hold(upload);
  }

  resume(why: Pause): void {
    this.#pauses.delete(why);
    for (const upload of this.#pending.values()) this.#go(upload);
  }

  /** What is still under way takes no longer than this from now on. */
  hasten(ms: number): void {
    for (const upload of this.#pending.values()) {
      hold(upload);
      upload.leftMs = Math.min(upload.leftMs, ms);
      this.#go(upload);
    }
  }

  #go(upload: Pending): void {
    if (this.#pauses.size > 0 || upload.timer !== null) return;
    if (upload.leftMs <= 0) this.#finish(upload);
    else if (upload.leftMs !== Number.POSITIVE_INFINITY) {
      upload.startedAt = performance.now();
      upload.timer = setTimeout(() => this.#finish(upload), upload.leftMs);
    }
  }

  #finish(upload: Pending): void {
    this.#pending.delete(upload.id);
    const { id, account, mediaSha256, caption } = upload;
    this.#done({ id, account, mediaSha256, caption });
  }
}

function hold(upload: Pending): void {
  if (upload.timer === null) return;
  clearTimeout(upload.timer);
  upload.timer = null;
  upload.leftMs -= performance.now() - upload.startedAt;
}
