import type { JobDefinition, Workflow } from './definition.ts';
import type { Expressions, ScopeType, ScopeTypes } from './expressions/index.ts';

/**
 * The expressions of one job, which know the declared types of what they see: JSON does not tell whether the 3 of a
 * parameter of the type `number` is one, and 3 / 2 is 1 for integers.
 */
export function knowingTypesOf(
  definition: Pick<JobDefinition, 'parameters' | 'workflow'>,
  expressions: Pick<Expressions, 'evaluate' | 'fill'>,
): Pick<Expressions, 'evaluate' | 'fill'> {
  const types = declaredTypes(definition);
  return {
    evaluate: (expression, scope) => expressions.evaluate(expression, scope, types),
    fill: (template, scope) => expressions.fill(template, scope, types),
  };
}

/** Only what JSON leaves open: everything else is what it is. */
function declaredTypes({ parameters, workflow }: Pick<JobDefinition, 'parameters' | 'workflow'>): ScopeTypes {
  const numbers = parameters
    .filter(({ type }) => type === 'number')
    .map(({ name }): [string, ScopeType] => [name, 'number']);
  return { inputs: Object.fromEntries(numbers), steps: Object.fromEntries(stepTypes(workflow)) };
}

function stepTypes({ nodes }: Workflow): [string, ScopeType][] {
  return nodes.flatMap((node): [string, ScopeType][] => {
    const inside = node.kind === 'forEach' ? stepTypes(node.body) : [];
    const answers = node.kind === 'approval' ? (node.form ?? []) : [];
    const numbers = [...(node.outputs ?? []), ...answers].filter(({ type }) => type === 'number');
    if (numbers.length === 0) return inside;
    const outputs = Object.fromEntries(numbers.map(({ name }): [string, ScopeType] => [name, 'number']));
    return [[node.id, { outputs }], ...inside];
  });
}
