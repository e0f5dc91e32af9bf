/** Opens with the first call and hands the same out from then on. A failure is told to whoever asked, and not kept. */
export function keptOnceOpen<T>(open: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | null = null;
  return () => {
    if (kept !== null) return kept;
    const opening = open();
    kept = opening;
    opening.catch(() => {
      kept = null;
    });
    return opening;
  };
}
