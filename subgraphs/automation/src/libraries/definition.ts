import type { ValueType } from '../workflows/definition.ts';

/** A step of a library, with all that it takes to run it. */
export interface StepDefinition {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly category: string;
  readonly icon?: string;
  readonly platforms: readonly string[];
  /** The program that runs the script, and its options. */
  readonly interpreter: readonly string[];
  /** The prelude of the library included. */
  readonly script: string;
  readonly needsRoot: boolean;
  readonly hasCheckMode: boolean;
  readonly isRepeatable: boolean;
  /** JSON Schema (draft 7) of an object. */
  readonly parameters: ParametersSchema;
  readonly outputs: readonly StepOutput[];
}

export interface ParametersSchema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, { readonly type: string; readonly writeOnly?: boolean }>>;
  readonly required: readonly string[];
  readonly additionalProperties: false;
}

/** Read from the last line `name=...` of standard output. */
export interface StepOutput {
  readonly name: string;
  readonly type: ValueType;
  readonly description?: string;
}

export interface LibraryDefinition {
  readonly name: string;
  readonly version: string;
  readonly title: string;
  readonly description?: string;
  /** By name. */
  readonly steps: readonly StepDefinition[];
}

/** Something that is wrong with a library. */
export interface LibraryProblem {
  /** Path in the archive or folder; empty for that itself. */
  readonly file: string;
  /** JSON pointer into the file (RFC 6901); empty for the file itself. */
  readonly path: string;
  readonly message: string;
}

/** Paths of a library's files, with their texts. */
export type LibraryFiles = ReadonlyMap<string, string>;

export const LIBRARY_LIMITS = {
  files: 1_100,
  steps: 500,
  fileBytes: 262_144,
  bytes: 4 * 1_048_576,
} as const;
