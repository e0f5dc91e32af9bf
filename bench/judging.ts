// How fast failures are judged: node bench/judging.ts. Processor time, so that the machine's other work does not count.
import { classify } from "../src/core/classify.ts";
import { mayBePublished } from "../src/core/may-be-published.ts";
import { ADVERSARIAL } from "../test/judging/adversarial.ts";
import * as P from "../test/judging/phrases.ts";

const spent = (work: () => void): number => {
  const from = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000;
};
const judge = (message: string) => void mayBePublished({ message }, classify({ message }).category);

const phrases = [...P.ACCOUNT, ...P.ACCOUNT_ABROAD, ...P.CONTENT, ...P.INFRASTRUCTURE, ...P.SETUP, ...P.UNKNOWN];
const short = phrases.flatMap((p) => P.SAYING.map((s) => s(p)));
for (let i = 0; i < 5; i++) short.forEach(judge);
const best = Math.min(...Array.from({ length: 7 }, () => spent(() => short.forEach(judge))));
const worst = (messages: readonly string[]) =>
  Math.max(
    ...messages.map((m) =>
      Math.min(
        spent(() => judge(m)),
        spent(() => judge(m)),
      ),
    ),
  );

const long = ADVERSARIAL.filter((m) => m.length > 100_000);
const hostile = ADVERSARIAL.filter((m) => m.length <= 100_000);
const rate = Math.round(short.length / (best / 1000));
console.log(`short messages: ${short.length}, ${rate.toLocaleString("en")} a second`);
console.log(`worst of ${hostile.length} hostile messages: ${worst(hostile).toFixed(2)} ms`);
console.log(`worst of ${long.length} messages of 1 MB: ${worst(long).toFixed(2)} ms`);
