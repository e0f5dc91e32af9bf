// Text in a cell of CSV, and what keeps a spreadsheet from taking it for a formula.

/** With quotation marks where a reader needs them. */
export const quoted = (text: string) => (/[",;\r\n\t]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** One more ' before what is or looks like a guarded formula, so that taking one off always gives the text back. */
export const guarded = (text: string): string => (/^'*[=+\-@\t\r]/.test(text) ? `'${text}` : text);

/** The text that `guarded` was given; others are left as they are. */
export const unguarded = (text: string): string => (/^'+[=+\-@\t\r]/.test(text) ? text.slice(1) : text);
