// CSV whose header names fields of a job.

import { unguarded } from "../core/csv-cell.ts";
import { type CsvSource, readCsv } from "./csv.ts";
import { fieldMeant } from "./field-meant.ts";
import { ROW_FIELDS } from "./job-row.ts";
import { type BadRawRow, badRow, type RawRow } from "./raw-row.ts";

/**
 * Yields the rows in pieces. Cells that are empty count as not there; `data.NAME` columns go to `data`. The ' that keeps a
 * spreadsheet from taking a cell for a formula is taken off, and told.
 */
export async function* readCsvRows(source: CsvSource, warnings: string[] = []): AsyncGenerator<RawRow[]> {
  let columns: string[] | null = null;
  let guards = 0;
  for await (const records of readCsv(source)) {
    const rows: RawRow[] = [];
    for (const record of records) {
      if (record.kind === "bad") {
        rows.push(record);
        columns ??= []; // a broken header names nothing: the next row must not pass for one
      } else if (columns === null) {
        columns = columnNames(record.cells);
        rows.push(...faultsOf(columns, record.line).map((fault) => ({ ...fault, isHeader: true as const })));
      } else {
        const cells = record.cells.map(unguarded);
        guards += cells.filter((cell, i) => cell !== record.cells[i]).length;
        rows.push(readCells(columns, { line: record.line, cells }));
      }
    }
    yield rows;
  }
  if (guards > 0)
    warnings.push(
      `${guards} cells begin with ' before = + - @ or a tab: it was taken for a spreadsheet's guard and left out`,
    );
}

/** As the row schema calls them. */
export const columnNames = (cells: readonly string[]) => cells.map((c) => c.trim().toLowerCase().replaceAll(" ", "_"));

function faultsOf(columns: readonly string[], line: number): BadRawRow[] {
  const faults: BadRawRow[] = [];
  for (const [index, column] of columns.entries()) {
    if (column === "") faults.push(badRow(line, null, `column ${index + 1} of the header has no name`));
    else if (columns.indexOf(column) < index) faults.push(badRow(line, column, "is in the header twice"));
    else if (!ROW_FIELDS.includes(column) && !/^data\../.test(column)) {
      const meant = fieldMeant(column, ROW_FIELDS);
      const advice = meant === null ? `call a column of free data data.${column}` : `did you mean ${meant}?`;
      faults.push(badRow(line, column, `is no field of a job; ${advice}`));
    }
  }
  return faults;
}

/** Cells by column; a row with more or fewer cells than the header is bad. */
export function readCells(columns: readonly string[], { line, cells }: { line: number; cells: string[] }): RawRow {
  if (cells.length !== columns.length) {
    return badRow(line, null, `has ${cells.length} cells, the header ${columns.length}: is a comma not in quotes?`);
  }
  const fields: Record<string, unknown> = {};
  for (const [index, column] of columns.entries()) {
    const cell = cells[index] ?? "";
    // A column no schema knows has been told at the header.
    if (cell === "" || !(ROW_FIELDS.includes(column) || column.startsWith("data."))) continue;
    const fault = takeCell(fields, column, cell);
    if (fault !== null) return badRow(line, column, fault);
  }
  return { kind: "row", line, fields, past: null };
}

function takeCell(fields: Record<string, unknown>, column: string, cell: string): string | null {
  if (column.startsWith("data.")) {
    fields.data = { ...(fields.data as object | undefined), [column.slice(5)]: cell };
    return null;
  }
  if (column === "priority") fields[column] = /^-?\d{1,9}$/.test(cell.trim()) ? Number(cell) : cell;
  else if (column === "allow_repost") fields[column] = BOOLEANS[cell.trim().toLowerCase()] ?? cell;
  else if (column === "data") {
    try {
      fields[column] = { ...(fields[column] as object | undefined), ...(JSON.parse(cell) as object) };
    } catch {
      return "is not JSON"; // where exactly says the file's line and column
    }
  } else fields[column] = cell;
  return null;
}

const BOOLEANS: Record<string, boolean> = { true: true, yes: true, 1: true, false: false, no: false, 0: false };
