import type { ExpressionProblem } from './fault.ts';
import type { Reference } from './guard.ts';
import type { ScopeTypes } from './scopeTypes.ts';
import type { ValueType } from '../definition.ts';

/** The values that an expression sees, by name; JSON. */
export type Scope = Readonly<Record<string, unknown>>;

/** What the thread is asked. Many at once are one message. */
export type ExpressionRequest =
  | { readonly kind: 'evaluate'; readonly text: string; readonly scope: Scope; readonly types?: ScopeTypes | undefined }
  | { readonly kind: 'fill'; readonly text: string; readonly scope: Scope; readonly types?: ScopeTypes | undefined }
  | { readonly kind: 'check' | 'checkTemplate'; readonly text: string; readonly types: ScopeTypes };

export type ExpressionAnswer =
  { readonly kind: 'value'; readonly value: unknown } | { readonly kind: 'fault'; readonly problem: ExpressionProblem };

/** What is known of an expression before there are values. */
export interface CheckedExpression {
  readonly problems: readonly ExpressionProblem[];
  /** Of the value; `any` when only evaluating tells, `text` of a template. */
  readonly type: ValueType | 'any';
  readonly references: readonly Reference[];
}

/** A piece of a template that has been filled: its own text, or a value from outside, which nobody may take for code. */
export type FilledPart = { readonly kind: 'text' | 'value'; readonly text: string };
