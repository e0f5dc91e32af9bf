// What a step's name says of what was going on. Posters name their steps freely: known words in the name count.

export type StepKind = "machine" | "media" | "after_tap";

export function isStepOf(kind: StepKind, step: string): boolean {
  return kind === "machine" ? isMachineStep(step) : kind === "media" ? isMediaStep(step) : isAfterTap(step);
}

/** Steps of the machinery: no platform's screen is seen in them, so no words of theirs blame an account. */
export function isMachineStep(step: string): boolean {
  return wordsOf(step).some((w) => MACHINE.has(w));
}

/** Steps that read the job's own media. */
export function isMediaStep(step: string): boolean {
  return wordsOf(step).some((w) => MEDIA.has(w)) && !wordsOf(step).some((w) => PHONE_SIDE.has(w));
}

/** Steps after the tap: an end without proof in them leaves the post in doubt. */
export function isAfterTap(step: string): boolean {
  return AFTER_TAP.has(wordsOf(step).join(" "));
}

const MACHINE = new Set(
  "provider device devices adb session appium worker cleanup emulator uiautomator uiautomator2 webdriver driver boot teardown connect".split(
    " ",
  ),
);
const MEDIA = new Set("media upload video image photo probe".split(" "));
const PHONE_SIDE = new Set("adb push device provider download".split(" "));
const AFTER_TAP = new Set([
  "outcome",
  "publishing",
  "published",
  "confirm",
  "confirming",
  "confirmation",
  "after tap",
  "after share",
  "after post",
  "after publish",
  "waiting for upload",
  "wait for upload",
  "wait upload",
]);

function wordsOf(step: string): string[] {
  return step
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((w) => w !== "");
}
