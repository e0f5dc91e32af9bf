type Level = "ok" | "warning" | "problem";

/** One line of the doctor: what was looked at, what was found, what to do (`null`: nothing). */
export type Finding = { check: string; level: Level; finding: string; remedy: string | null };

export const ok = (check: string, finding: string): Finding => ({ check, level: "ok", finding, remedy: null });
export const warning = (check: string, finding: string, remedy: string): Finding => ({
  check,
  level: "warning",
  finding,
  remedy,
});
export const problem = (check: string, finding: string, remedy: string): Finding => ({
  check,
  level: "problem",
  finding,
  remedy,
});
