/** Why an expression has no value. */
export type ExpressionFaultCode =
  /** It is not CEL, or a template's braces do not close. */
  | 'SYNTAX'
  /** It is larger, deeper or more nested than is allowed, or calls what is not allowed. */
  | 'FORBIDDEN'
  /** It names something that is not there. */
  | 'UNDEFINED'
  /** An operation does not exist for values of these types, or the result is of another type than the one needed. */
  | 'TYPE'
  /** A value does not allow the operation: a division by zero, a text that is no number. */
  | 'VALUE'
  /** It took more than its time. */
  | 'TIMED_OUT'
  /** It took more memory than it may, or its result is too large. */
  | 'TOO_LARGE';

/** What is wrong at a place of an expression. The message never holds a value: those may be secret. */
export interface ExpressionProblem {
  readonly code: ExpressionFaultCode;
  readonly message: string;
  /** Where in the text, in UTF-16 units from 0; `end` is behind the last one. */
  readonly start: number;
  readonly end: number;
}

/** An expression that has no value. */
export class ExpressionFault extends Error {
  readonly code: ExpressionFaultCode;
  /** The message without the place. */
  readonly problem: string;
  readonly start: number;
  readonly end: number;

  constructor({ code, message, start, end }: ExpressionProblem) {
    super(`${message} (at character ${start + 1})`);
    this.name = 'ExpressionFault';
    this.code = code;
    this.problem = message;
    this.start = start;
    this.end = end;
  }
}
