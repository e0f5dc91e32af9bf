/** Shorter values are left alone: replacing every `1` would hide more than it protects. */
const SHORTEST_SECRET = 4;
export const REDACTED = "[redacted]";

/** Replaces secret values in text. Longest first, so that a secret that holds another goes whole. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const values = secretValues(secrets);
  if (values.length === 0) return (text) => text;
  return (text) => values.reduce((rest, value) => rest.replaceAll(value, REDACTED), text);
}

/** The values worth hiding, longest first, each once. */
export function secretValues(secrets: readonly string[]): string[] {
  return [...new Set(secrets)].filter((v) => v.length >= SHORTEST_SECRET).sort((a, b) => b.length - a.length);
}
