import type { ExpressionFaultCode } from '../expressions/index.ts';

/** What kind of mistake a definition has. */
export type ProblemCode =
  /** Not of the shape of a definition: something is missing, unknown, of another type or out of bounds. */
  | 'SHAPE'
  | 'DUPLICATE'
  | 'MISSING_START'
  | 'CYCLE'
  | 'UNREACHABLE'
  /** Names a node that is not there, or that cannot be used in this way. */
  | 'NODE'
  | 'BRANCH'
  /** An edge that leads where none may, or that lacks its condition. */
  | 'EDGE'
  | 'PATTERN'
  | 'FILTER'
  | 'SECRET_SHOWN'
  | 'SUB_JOB'
  /** Contradicts something else in the definition. */
  | 'CONFLICT'
  /** Part of the model, and not acted on yet. */
  | 'UNSUPPORTED'
  | `EXPRESSION_${ExpressionFaultCode}`;

/** One mistake in a definition, and where it is. */
export interface DefinitionProblem {
  readonly code: ProblemCode;
  readonly message: string;
  /** Id of the node; null for what belongs to none. */
  readonly node: string | null;
  /** Path inside the node, such as `environment.PATH`; without a node, inside the definition, such as `parameters.0.default`. */
  readonly field: string;
  /** Where in the field's text, in UTF-16 units from 0. */
  readonly start?: number;
  readonly end?: number;
}

export function problem(code: ProblemCode, node: string | null, field: string, message: string): DefinitionProblem {
  return { code, node, field, message };
}
