export { createExpressions, type Expressions } from './expressions.ts';
export { ExpressionFault, type ExpressionFaultCode, type ExpressionProblem } from './fault.ts';
export type { Reference } from './guard.ts';
export type { CheckedExpression, FilledPart, Scope } from './requests.ts';
export { isAssignable, type ScopeType, type ScopeTypes } from './scopeTypes.ts';
