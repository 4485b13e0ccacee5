import { isAssignable } from '../expressions/index.ts';
import type { CheckedExpression, Expressions, ScopeTypes } from '../expressions/index.ts';
import type { ValueType } from '../definition.ts';
import { problem } from './problem.ts';
import type { DefinitionProblem } from './problem.ts';

export interface CheckedText {
  readonly field: string;
  readonly kind: 'expression' | 'template';
  readonly text: string;
  readonly expects: ValueType | 'any';
}

/** Problems of texts that see the same. */
export async function expressionProblems(
  expressions: Expressions,
  types: ScopeTypes,
  node: string | null,
  texts: readonly CheckedText[],
): Promise<DefinitionProblem[]> {
  const checked = await Promise.all(texts.map((text) => checkText(expressions, types, text)));
  return checked.flatMap((result, index) => {
    const text = texts[index];
    return text ? problemsOf(result, text, node) : [];
  });
}

export function checkText(
  expressions: Expressions,
  types: ScopeTypes,
  { kind, text }: CheckedText,
): Promise<CheckedExpression> {
  return kind === 'expression' ? expressions.check(text, types) : expressions.checkTemplate(text, types);
}

export function problemsOf(
  { problems, type }: CheckedExpression,
  { field, expects, text }: CheckedText,
  node: string | null,
): DefinitionProblem[] {
  if (problems.length > 0)
    return problems.map(({ code, message, start, end }) => ({
      ...problem(`EXPRESSION_${code}`, node, field, message),
      start,
      end,
    }));
  if (isAssignable(type, expects)) return [];
  const mismatch = problem('EXPRESSION_TYPE', node, field, `A ${expects} is needed here, and this is a ${type}.`);
  return [{ ...mismatch, start: 0, end: text.length }];
}
