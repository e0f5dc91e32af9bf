import assert from "node:assert/strict";
import test from "node:test";
import { campaignName } from "../config/parsers.ts";
import { repairedFor, repairName } from "./repair-name.ts";

test("a repair's name leads back to its campaign, and is no name that a campaign can have", () => {
  const name = repairName("night.2", "a1b2");
  assert.equal(repairedFor(name), "night.2");
  assert.equal(campaignName(name).ok, false);
  for (const other of ["night.2", "repair", "+repair+x", ""]) assert.equal(repairedFor(other), null, other);
});
