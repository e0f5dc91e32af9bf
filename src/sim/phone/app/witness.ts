// The platform's own log of posts made: what tests believe, never the ledger. One JSON line a post, appended.
import { appendFileSync, existsSync, readFileSync } from "node:fs";

/** A post as the platform has it. `at`: ISO time, UTC. */
export type WitnessedPost = {
  at: string;
  phone: string;
  account: string;
  post: string;
  media_sha256: string;
  caption: string;
};

/** One line in one write, so that several phones may share a file. */
export function appendPost(file: string, post: WitnessedPost): void {
  appendFileSync(file, `${JSON.stringify(post)}\n`);
}

/** Every post of the file, oldest first; none if nothing was posted yet. */
export function readPosts(file: string): WitnessedPost[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as WitnessedPost);
}
