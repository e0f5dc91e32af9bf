/* oxlint-disable import/no-default-export -- node:test loads a reporter by its default export */
// A reporter for node:test whose last line is `N passed, N failed[, N skipped]`.
// biome-ignore lint/style/noDefaultExport: the same
export default async function* closingLine(events) {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  for await (const { type, data } of events) {
    if (data?.details?.type === "suite") continue;
    if (type === "test:pass") {
      // a file that holds tests is reported as a test of its own by some versions; it has no line
      if (data.skip !== undefined) skipped++;
      else passed++;
    }
    if (type === "test:fail") failed++;
  }
  yield `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`;
}
