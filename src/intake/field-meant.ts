// What a column or key that is no field of a job was probably meant to be.
import { nearest } from "../core/nearest.ts";

/** Words of other programs and of spreadsheets. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  user: "account",
  username: "account",
  user_name: "account",
  handle: "account",
  profile: "account",
  login: "account",
  video: "media",
  file: "media",
  filename: "media",
  path: "media",
  image: "media",
  photo: "media",
  text: "caption",
  description: "caption",
  title: "caption",
  message: "caption",
  job: "id",
  job_id: "id",
  app: "platform",
  network: "platform",
  after: "not_before",
  schedule: "not_before",
  scheduled_at: "not_before",
  until: "not_after",
  deadline: "not_after",
};

/** @returns a field's name; `null`: nothing comes near */
export function fieldMeant(word: string, fields: readonly string[]): string | null {
  const plain = word.trim().toLowerCase();
  const other = Object.hasOwn(OTHER_WORDS, plain) ? OTHER_WORDS[plain] : undefined;
  return other !== undefined && fields.includes(other) ? other : nearest(word, fields);
}
