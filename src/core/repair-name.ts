// A repair holds its phone as a campaign of its own does, beside the campaign's run: two of them never have one phone.

/** No campaign of a user's has a plus in its name. */
const WORD = "+repair+";

/** @param key  tells the account from others; short, fit for a file's name */
export const repairName = (campaign: string, key: string): string => `${campaign}${WORD}${key}`;

/** The campaign whose account is under repair; `null`: it is no repair's name. */
export function repairedFor(name: string): string | null {
  const at = name.lastIndexOf(WORD);
  return at <= 0 ? null : name.slice(0, at);
}
