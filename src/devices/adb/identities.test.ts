import assert from "node:assert/strict";
import test from "node:test";
import { Identities, parseIdentity } from "./identities.ts";

const BOOT_1 = "0f2d3c9e-6a57-4c0a-9d1b-1f2a3b4c5d6e";
const BOOT_2 = "7c1e9a40-02b8-4f6f-8a77-9e8d7c6b5a49";

const answers: [why: string, out: string, want: { name: string | null; boot: string | null }][] = [
  ["both", `R58M\n${BOOT_1}\n`, { name: "R58M", boot: BOOT_1 }],
  ["a boot id that the shell may not read", "R58M\n", { name: "R58M", boot: null }],
  ["no serial number", `\n${BOOT_1}\n`, { name: null, boot: BOOT_1 }],
  ["an error in the boot id's place", "R58M\ncat: Permission denied\n", { name: "R58M", boot: null }],
  ["nothing", "", { name: null, boot: null }],
];
for (const [why, out, want] of answers)
  test(`what a phone says of itself: ${why}`, () => assert.deepEqual(parseIdentity(out), want));

/** One phone is in use as `usb`; another id is to be made ready. */
const pairs: [why: string, name: string | null, boot: string | null, want: string][] = [
  ["the phone itself, by another way", "R58M", BOOT_1, "twin"],
  ["one that keeps its boot id to itself, and has the same name", "R58M", null, "twin"],
  ["a clone: the same name, a start of its own", "R58M", BOOT_2, "same"],
  ["two containers on one kernel", "R59M", BOOT_1, "same"],
  ["one without a name", null, BOOT_1, "same"],
];
for (const [why, name, boot, want] of pairs)
  test(`beside a phone in use, ${why}: ${want}`, () => {
    const known = new Identities();
    known.take("usb", { name: "R58M", boot: BOOT_1 });
    assert.equal(known.take("wifi", { name, boot }).is, want);
  });

test("a phone that is given up may be used by its other id, and is still known under the first", () => {
  const known = new Identities();
  known.take("usb", { name: "R58M", boot: BOOT_1 });
  known.give("usb");
  assert.equal(known.take("wifi", { name: "R58M", boot: BOOT_1 }).is, "same");
  assert.deepEqual(known.take("usb", { name: "R58M", boot: BOOT_1 }), { is: "twin", of: "wifi" });
  assert.deepEqual(known.check("usb", { name: "R59M", boot: BOOT_2 }), { is: "other", found: "phone R59M" });
});

test("whatever answers at an address later, the first phone there stays the right one", () => {
  const known = new Identities();
  known.take("wifi", { name: "A", boot: BOOT_1 });
  for (const name of ["B", null]) {
    known.give("wifi");
    assert.equal(known.take("wifi", { name, boot: BOOT_2 }).is, "other");
    assert.equal(known.check("wifi", { name, boot: BOOT_2 }).is, "other");
  }
  assert.equal(known.take("wifi", { name: "A", boot: BOOT_2 }).is, "same", "it was only started anew");
});

test("a phone that was started anew while in use is known by its new start", () => {
  const known = new Identities();
  known.take("wifi", { name: "A", boot: BOOT_1 });
  assert.equal(known.check("wifi", { name: "A", boot: BOOT_2 }).is, "same");
  assert.equal(known.take("usb", { name: "A", boot: BOOT_2 }).is, "twin");
});

test("a phone that was only looked at is not in use", () => {
  const known = new Identities();
  known.check("far:1", { name: "A", boot: BOOT_1 });
  assert.equal(known.check("far:2", { name: "A", boot: BOOT_1 }).is, "same");
});
