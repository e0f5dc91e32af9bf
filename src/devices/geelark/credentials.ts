// How a request to GeeLark proves who sends it: a token, or a signature made with the team's key.
// Source: geelark-tech/geelark-openapi, "Request Instructions", read at 53bc538.
import { createHash } from "node:crypto";

export type GeelarkCredentials = { kind: "token"; token: string } | { kind: "key"; appId: string; apiKey: string };

/** @param traceId  UUID v4 */
export function authHeaders(
  credentials: GeelarkCredentials,
  { traceId, ts }: { traceId: string; ts: number },
): Record<string, string> {
  if (credentials.kind === "token") return { traceId, Authorization: `Bearer ${credentials.token}` };
  const { appId, apiKey } = credentials;
  const nonce = traceId.slice(0, 6);
  return { appId, traceId, ts: String(ts), nonce, sign: signatureOf(`${appId}${traceId}${ts}${nonce}${apiKey}`) };
}

const signatureOf = (text: string) => createHash("sha256").update(text).digest("hex").toUpperCase();
