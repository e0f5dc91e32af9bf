export type Round = {
  names(): readonly string[] | Promise<readonly string[]>;
  visit(name: string): Promise<void>;
  /** Told once of each name, however often it fails. */
  failed(name: string, error: unknown): void;
  everyMs: number;
};

/**
 * Visits all names, now and again and again; one that fails keeps no other waiting.
 *
 * @returns what ends it: no name is begun any more, and it resolves when the visit under way is over. Never rejects.
 */
export function goRound(round: Round): () => Promise<void> {
  const told = new Set<string>();
  let isOver = false;
  const visitAll = async () => {
    for (const name of await round.names()) {
      if (isOver) return;
      await round.visit(name).catch((error: unknown) => {
        if (!told.has(name)) round.failed(name, error);
        told.add(name);
      });
    }
  };
  let going = Promise.resolve();
  const go = () => {
    going = going.then(visitAll).catch(() => undefined); // a folder that can't be read now: the next round meets it again
  };
  go();
  const timer = setInterval(go, round.everyMs);
  return () => {
    isOver = true;
    clearInterval(timer);
    return going;
  };
}
