import assert from "node:assert/strict";
import test from "node:test";
import { authHeaders } from "./credentials.ts";

test("a signature is made as the provider's own example has it", () => {
  const headers = authHeaders(
    { kind: "key", appId: "eH6gQR4oHr3FsZpI36La01IW", apiKey: "YjmFIUuq0oJgSDJ42fxLEb6R1qjjqf" },
    { traceId: "db6094ab-3797-4186-84d5-b0b58eebad56", ts: 1716972892166 },
  );
  assert.deepEqual(headers, {
    appId: "eH6gQR4oHr3FsZpI36La01IW",
    traceId: "db6094ab-3797-4186-84d5-b0b58eebad56",
    ts: "1716972892166",
    nonce: "db6094",
    sign: "6280C080AF7C3CCE168F15C913E3444A00A618CB0E16038EED9811D6E3366BDD",
  });
});

test("a token goes alone, with its trace id", () => {
  const headers = authHeaders({ kind: "token", token: "abc" }, { traceId: "t", ts: 1 });
  assert.deepEqual(headers, { traceId: "t", Authorization: "Bearer abc" });
});
