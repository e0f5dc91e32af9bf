// Draws what a command printed as a terminal window, in SVG: node scripts/terminal-picture.mjs TITLE < lines > picture.svg
import { readFileSync } from "node:fs";

const LINE = 19;
const CHAR = 8.43;
const PAD = 16;
const COLOURS = [
  [/^✓/, "#7ee787"],
  [/^~/, "#e3b341"],
  [/^[✗!]/, "#ff7b72"],
  [/^\?/, "#d2a8ff"],
  [/^=== |^PASS /, "#79c0ff"],
  [/^[-=]{10}/, "#484f58"],
  [/^\$ /, "#ffffff"],
];

const title = process.argv[2] ?? "reprise";
const lines = readFileSync(0, "utf8").trimEnd().split("\n");
const width = Math.ceil(Math.max(...lines.map((l) => l.length)) * CHAR + 2 * PAD);
const height = lines.length * LINE + 2 * PAD + 24;
// no-break spaces: columns survive every viewer
const escaped = (text) =>
  text.replaceAll(" ", "\u00a0").replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const colourOf = (line) => COLOURS.find(([pattern]) => pattern.test(line))?.[1] ?? "#c9d1d9";
const rows = lines.map(
  (line, i) => `<text x="${PAD}" y="${PAD + 38 + i * LINE}" fill="${colourOf(line)}">${escaped(line)}</text>`,
);

process.stdout.write(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<title>${escaped(title)}</title>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<circle cx="20" cy="18" r="6" fill="#ff5f56"/><circle cx="40" cy="18" r="6" fill="#ffbd2e"/><circle cx="60" cy="18" r="6" fill="#27c93f"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14">
${rows.join("\n")}
</g>
</svg>
`);
