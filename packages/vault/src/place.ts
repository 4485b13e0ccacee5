/** Where a sealed value lives. What was sealed for one place does not open in another. */
export interface Place {
  readonly table: string;
  /** Primary key of the row. */
  readonly row: string;
  readonly field: string;
  /** Version of the value: an older one that is put back does not open in place of a newer one. From 1. */
  readonly version: number;
}

/**
 * What a seal authenticates besides the value: additional data of AES-GCM. No two places, and no two uses of one
 * place, have the same bytes.
 */
export function bindingOf(use: 'data key' | 'value', { table, row, field, version }: Place): Buffer {
  if (!Number.isSafeInteger(version) || version < 1) throw new RangeError(`A version is a number from 1: ${version}`);
  return Buffer.from(JSON.stringify(['opsconductor vault 1', use, table, row, field, version]));
}
