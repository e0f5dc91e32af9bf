// emit and ask-publish over real descriptors, as a worker opens them.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../../bin/reprise.mjs", import.meta.url));
const examples = fileURLToPath(new URL("../../examples/command", import.meta.url));
const nodes = [process.execPath, ...(existsSync("/usr/bin/node") ? ["/usr/bin/node"] : [])];

/** Starts it with pipes on 3 and 4. `go`: what is written to 4 once it asked; `null` = end of file at once. */
async function speak(args: string[], go: string | null, node = process.execPath) {
  const child = spawn(node, [bin, ...args], { stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"] });
  const [, , stderr, events, answers] = child.stdio as unknown as [null, Readable, Readable, Readable, Writable];
  let said = "";
  let err = "";
  stderr.on("data", (d) => (err += d));
  if (go === null) answers.end();
  events.on("data", (d) => {
    said += d;
    if (go !== null && said.includes("\n")) answers.end(go);
  });
  answers.on("error", () => {});
  const code = await new Promise((resolve) => child.once("close", resolve));
  return {
    code,
    events: said
      .split("\n")
      .filter(Boolean)
      .map((l) => JSON.parse(l)),
    err,
  };
}

const words: [args: string[], event: object][] = [
  [["step", "typing caption"], { type: "step", name: "typing caption" }],
  [["step", "--", "--odd"], { type: "step", name: "--odd" }],
  [["posted"], { type: "posted", url: null }],
  [["posted", "--url", "https://a/b?c=1"], { type: "posted", url: "https://a/b?c=1" }],
  [["evidence", "/tmp/a b.png"], { type: "evidence", path: "/tmp/a b.png" }],
  [["verified", "true"], { type: "verified", posted: true }],
  [["verified", "null"], { type: "verified", posted: null }],
  [
    [
      "not_posted",
      "--category",
      "account",
      "--cause",
      "action_blocked",
      "--message",
      'say "no"\n',
      "--cooldown=24h",
      "--retry-after",
      "90",
    ],
    {
      type: "not_posted",
      category: "account",
      cause: "action_blocked",
      message: 'say "no"\n',
      retry_after: 90,
      cooldown: 86_400,
    },
  ],
];
for (const [args, event] of words) {
  test(`emit ${args.join(" ").trim()} writes one event`, async () => {
    assert.deepEqual(await speak(["emit", ...args], null), { code: 0, events: [event], err: "" });
  });
}

for (const node of nodes) {
  test(`ask-publish goes on only when it is told so (${node})`, async () => {
    const asked = [{ type: "publishing", baseline: "p9" }];
    const ask = ["ask-publish", "--baseline", "p9"];
    assert.deepEqual(await speak(ask, '{"type":"go"}\n', node), { code: 0, events: asked, err: "" });
    assert.deepEqual(await speak(ask, null, node), { code: 75, events: asked, err: "" });
    assert.deepEqual(await speak(ask, '{"type":"stop"}\n', node), { code: 75, events: asked, err: "" });
    assert.deepEqual(await speak(ask, '{"type":"go', node), { code: 75, events: asked, err: "" });
  });
}

const bad: [args: string[], line: RegExp][] = [
  [["emit"], /says nothing/],
  [["emit", "psoted"], /"psoted" is not known/],
  [["emit", "step"], /needs exactly one NAME/],
  [["emit", "posted", "now"], /"now" is too much/],
  [["emit", "posted", "--ulr", "x"], /--ulr is not known/],
  [["emit", "verified", "maybe"], /must be true, false, null/],
  [
    ["emit", "not_posted", "--category", "phone", "--cause", "x", "--message", "y"],
    /--category phone: must be account/,
  ],
  [["emit", "not_posted", "--category", "account"], /needs --cause/],
  [
    ["emit", "not_posted", "--category", "account", "--cause", "x", "--message", "y", "--cooldown", "long"],
    /--cooldown long: must be a time/,
  ],
];
for (const [args, line] of bad) {
  test(`bad usage is one line and exit 2: ${args.join(" ")}`, async () => {
    const { code, events, err } = await speak(args, null);
    assert.equal(code, 2);
    assert.deepEqual(events, []);
    assert.match(err, line);
    assert.equal(err.trim().split("\n").length, 1);
  });
}

test("outside an attempt it says so and touches nothing", () => {
  for (const node of nodes) {
    const ran = spawnSync(node, [bin, "ask-publish"], { encoding: "utf8" });
    assert.equal(ran.status, 2);
    assert.match(ran.stderr, /descriptor 3 is not open/);
  }
});

/** Runs a shipped example as a worker would. */
async function example(file: string, outbox: string, action: string, go: string | null) {
  const env = {
    ...process.env,
    OUTBOX: outbox,
    REPRISE_ACTION: action,
    REPRISE_JOB_ID: "harbour",
    REPRISE_ACCOUNT: "ana",
    REPRISE_CAPTION: "hi",
    REPRISE_MEDIA: join(examples, "media/harbour.mp4"),
  };
  const child = spawn(join(examples, file), [], { env, stdio: ["pipe", "ignore", "inherit", "pipe", "pipe"] });
  const [stdin, , , events, answers] = child.stdio as unknown as [Writable, null, null, Readable, Writable];
  stdin.on("error", () => {});
  stdin.end('{"id":"harbour"}\n');
  answers.on("error", () => {});
  let said = "";
  events.on("data", (d) => {
    said += d;
    if (!said.includes("publishing")) return;
    if (go === null) answers.end();
    else answers.write(go);
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  return {
    code,
    types: said
      .split("\n")
      .filter(Boolean)
      .map((l) => JSON.parse(l)),
  };
}

for (const file of ["poster.sh", "poster.mjs"]) {
  test(`the example ${file} asks before its tap, posts, and can look`, async (t) => {
    const { mkdtempSync, rmSync } = await import("node:fs");
    const { tmpdir } = await import("node:os");
    const outbox = mkdtempSync(join(tmpdir(), "reprise-outbox-"));
    t.after(() => rmSync(outbox, { recursive: true, force: true }));
    const post = join(outbox, "ana/harbour.mp4");
    const refused = await example(file, outbox, "post", null);
    assert.equal(refused.code, 75);
    assert.ok(!existsSync(post), "no go, no post");
    assert.deepEqual((await example(file, outbox, "verify", null)).types, [{ type: "verified", posted: false }]);
    const posted = await example(file, outbox, "post", '{"type":"go"}\n');
    assert.equal(posted.code, 0);
    assert.deepEqual(
      posted.types.map((e) => e.type),
      ["step", "publishing", "posted"],
    );
    assert.ok(existsSync(post));
    assert.deepEqual((await example(file, outbox, "verify", null)).types, [{ type: "verified", posted: true }]);
  });
}
