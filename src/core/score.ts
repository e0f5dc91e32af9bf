// How well labelled failures are judged: recall with its interval, and the two mistakes that cost something.
import { CATEGORIES, type Category, isPermanent } from "./failure.ts";

/** One labelled failure: the categories that are right, and whether its post may be out. */
export type Label = { accept: readonly Category[]; uncertain: boolean };
/** How it was judged. */
export type Judged = { category: Category; inDoubt: boolean };

/** A share of rows, with its Wilson interval of 95 %. `null`: of none. */
export type Share = { right: number; of: number; share: number; low: number; high: number } | null;

export type Score = {
  /** Of all rows. */
  accepted: Share;
  /** Recall per category, over the rows with one right answer. */
  recall: Record<Category, Share>;
  /** Retryable made permanent: an account held or a post given up for nothing. */
  falsePermanent: number;
  /** Permanent made retryable: an account bothered again. */
  falseRetry: number;
  /** Rows whose post may be out, judged so; others judged so. */
  inDoubt: Share;
  falseDoubt: number;
};

type Pair = { label: Label; judged: Judged };

/** Total. */
export function scoreOf(pairs: readonly Pair[]): Score {
  const isRight = ({ label, judged }: Pair) => label.accept.includes(judged.category);
  const wrong = pairs.filter((p) => !isRight(p));
  const of = (rows: readonly Pair[], right: (p: Pair) => boolean) => share(rows.filter(right).length, rows.length);
  const recallOf = (category: Category) =>
    of(
      pairs.filter(({ label }) => label.accept.length === 1 && label.accept[0] === category),
      isRight,
    );
  const uncertain = pairs.filter(({ label }) => label.uncertain);
  return {
    accepted: of(pairs, isRight),
    recall: Object.fromEntries(CATEGORIES.map((c) => [c, recallOf(c)])) as Record<Category, Share>,
    falsePermanent: wrong.filter((p) => isPermanent(p.judged.category) && !p.label.accept.some(isPermanent)).length,
    falseRetry: wrong.filter((p) => !isPermanent(p.judged.category) && p.label.accept.every(isPermanent)).length,
    inDoubt: of(uncertain, ({ judged }) => judged.inDoubt),
    falseDoubt: pairs.filter(({ label, judged }) => !label.uncertain && judged.inDoubt).length,
  };
}

const Z = 1.96;

/** Wilson's score interval. */
function share(right: number, of: number): Share {
  if (of === 0) return null;
  const p = right / of;
  const middle = p + (Z * Z) / (2 * of);
  const spread = Z * Math.sqrt((p * (1 - p)) / of + (Z * Z) / (4 * of * of));
  const scale = 1 + (Z * Z) / of;
  return {
    right,
    of,
    share: p,
    low: Math.max(0, (middle - spread) / scale),
    high: Math.min(1, (middle + spread) / scale),
  };
}
