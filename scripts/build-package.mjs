// `npm run build`: the package as it is published, in dist/package. Compiled (Node strips no types under node_modules), and without
// what only a checkout needs: the Node that the platform packages bring, development tools, scripts.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const out = join(root, "dist", "package");

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
execFileSync(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.build.json"], {
  cwd: root,
  stdio: "inherit",
});
for (const name of ["bin", "README.md", "CHANGELOG.md", "LICENSE", "docs", "examples"])
  cpSync(join(root, name), join(out, name), { recursive: true });
rmSync(join(out, "examples", "command", "outbox"), { recursive: true, force: true });

const {
  optionalDependencies: _o,
  devDependencies: _d,
  scripts: _s,
  ...manifest
} = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const exported = {
  ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
  "./package.json": "./package.json",
};
writeFileSync(join(out, "package.json"), `${JSON.stringify({ ...manifest, exports: exported }, null, 2)}\n`);
