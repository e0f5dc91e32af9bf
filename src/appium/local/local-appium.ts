import type { Appium, AppiumSession, SessionAsk } from "../appium.ts";
import { AppiumSlot, type AppiumSlotOptions } from "./appium-slot.ts";
import { attachSession, createSession, driverOf, warmUp } from "./session.ts";

/** Appium on this machine. Nothing starts before the first session. */
export function openLocalAppium(options: AppiumSlotOptions): Appium {
  return new LocalAppium(options);
}

class LocalAppium implements Appium {
  readonly #slot: AppiumSlot;

  constructor(options: AppiumSlotOptions) {
    this.#slot = new AppiumSlot(options);
  }

  async open(ask: SessionAsk): Promise<AppiumSession> {
    const { signal } = ask;
    const log = (line: string) => ask.log(line);
    const driver = driverOf(ask.capabilities);
    warmUp();
    const server = await this.#slot.well({ driver, signal, log });
    try {
      const begun = performance.now();
      const created = await createSession(server.url, ask);
      const session = await attachSession(server.url, created, () => this.kill());
      ask.log(`session ${created.sessionId} opened in ${Math.round(performance.now() - begun)} ms`);
      if (!ask.signal.aborted) return session;
      await session.end();
      throw new Error("the session came too late");
    } catch (e) {
      // One that Appium is still opening would outlive us. A refusal leaves nothing behind.
      if (ask.signal.aborted || (e as Error).name === "AppiumFailure") this.kill();
      throw e;
    }
  }

  close(): Promise<void> {
    return this.#slot.close();
  }

  kill(): void {
    this.#slot.kill();
  }
}
