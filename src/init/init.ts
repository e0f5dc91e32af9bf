// What a new project holds, in the language asked for. The door of this room; pure.
import { tinyMp4 } from "../media/tiny-mp4.ts";
import { configText } from "./config-text.ts";
import { BASH_POSTER } from "./templates/bash.ts";
import { NODE_POSTER, TYPESCRIPT_POSTER } from "./templates/node.ts";
import { PYTHON_POSTER } from "./templates/python.ts";

export const LANGUAGES = ["bash", "node", "typescript", "python"] as const;
export type Language = (typeof LANGUAGES)[number];

/** `name` is relative to the project's folder. */
export type ProjectFile = { name: string; content: string | Buffer; isExecutable: boolean };

type Poster = { name: string; text: string; exec: string };
const POSTERS: Readonly<Record<Language, Poster>> = {
  bash: { name: "poster.sh", text: BASH_POSTER, exec: "./poster.sh" },
  node: { name: "poster.mjs", text: NODE_POSTER, exec: "./poster.mjs" },
  // Only Node 24 runs TypeScript as it is, and the first node of the PATH may be older: reprise hands its own one over.
  typescript: { name: "poster.ts", text: TYPESCRIPT_POSTER, exec: '"$REPRISE_NODE" poster.ts' },
  python: { name: "poster.py", text: PYTHON_POSTER, exec: "./poster.py" },
};

const JOBS = [
  { id: "first", account: "ana", media: "media/example.mp4", caption: "My first post" },
  { id: "second", account: "ben", media: "media/example.mp4", caption: "The same video, for another account" },
];

export function projectFiles(language: Language): ProjectFile[] {
  const { name, text, exec } = POSTERS[language];
  const plain = (file: string, content: string | Buffer): ProjectFile => ({ name: file, content, isExecutable: false });
  return [
    plain("reprise.config.yaml", configText(exec)),
    plain("jobs.jsonl", JOBS.map((job) => `${JSON.stringify(job)}\n`).join("")),
    plain("media/example.mp4", tinyMp4()),
    { name, content: text, isExecutable: text.startsWith("#!") },
    plain(".gitignore", "# reprise's ledger and logs, and what the example poster posts\n.reprise/\nposted/\n"),
  ];
}

export const posterName = (language: Language): string => POSTERS[language].name;
