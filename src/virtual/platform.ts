// The platform that virtual phones post to. Its list of posts is the witness: it does not know what the ledger believes.
import type { Look } from "../core/verify.ts";

export type VirtualPost = {
  /** Of the tap and of the feed, in virtual milliseconds. */
  at: number;
  visibleAt: number;
  /** What is seen until then. */
  untilThen: "absent" | "pending";
  job: string;
  account: string;
  media: string;
  attempt: string;
};

export class Platform {
  readonly posts: VirtualPost[] = [];
  onPost: (post: VirtualPost) => void = () => {};

  take(post: VirtualPost): void {
    this.posts.push(post);
    this.onPost(post);
  }

  /** What an account's feed shows of a job. */
  look(job: string, now: number): Look {
    const mine = this.posts.filter((p) => p.job === job);
    if (mine.some((p) => p.visibleAt <= now)) return "posted";
    return mine.some((p) => p.untilThen === "pending") ? "pending_upload" : "absent";
  }
}
