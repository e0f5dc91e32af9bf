// Ends of attempts whose poster never ran. They have to be told from a silent poster's end, which may hide a post.
import type { PosterEnd, PosterExit } from "./poster-end.ts";

export const unstartedEnd = (exit: PosterExit, step: string): PosterEnd => ({
  spoke: false,
  said: null,
  exit,
  gotGo: false,
  noGo: null,
  step,
  stderrTail: "",
  error: null,
  evidence: [],
});

/** `over`: how the attempt was ended before its poster was started; anything but a time-out is a stop. */
export function endedBeforeStart(over: PosterExit | null, step: string): PosterEnd {
  if (over?.kind !== "timed_out") return { ...unstartedEnd({ kind: "cancelled" }, step), noGo: "stopping" };
  const message = `time was over after ${over.afterMs} ms, before the poster was started`;
  return unstartedEnd({ kind: "not_started", errno: "EBUSY", message }, step);
}
