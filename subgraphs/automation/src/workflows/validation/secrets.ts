import type { Parameter, WorkflowNode } from '../definition.ts';
import type { CheckedExpression } from '../expressions/index.ts';
import { problem } from './problem.ts';
import type { DefinitionProblem } from './problem.ts';

/** Reads of secrets by a text that people see, or that is kept as it is. */
export function secretsShown(
  { references, problems }: CheckedExpression,
  field: string,
  node: string | null,
  parameters: readonly Parameter[],
  nodes: readonly WorkflowNode[],
): DefinitionProblem[] {
  if (problems.length > 0) return [];
  const secretInputs = new Set(parameters.filter(({ type }) => type === 'secret').map(({ name }) => name));
  const secretOutputs = new Map(
    nodes.map(({ id, outputs = [] }) => [
      id,
      new Set(outputs.filter(({ isSecret }) => isSecret).map(({ name }) => name)),
    ]),
  );
  return references.flatMap(({ path, places }) => {
    const [root, first, second, third] = path;
    const outputs = root === 'steps' ? secretsOf(secretOutputs, first) : new Set<string>();
    // Without a name, all of them are read.
    const isSecret =
      root === 'inputs'
        ? includes(secretInputs, first)
        : outputs.size > 0 && (second === undefined || (second === 'outputs' && includes(outputs, third)));
    if (!isSecret) return [];
    const place = places.at(-1);
    const shown = problem('SECRET_SHOWN', node, field, `${path.join('.')} is secret, and this is shown.`);
    return [place ? { ...shown, start: place.start, end: place.end } : shown];
  });
}

function secretsOf(byNode: ReadonlyMap<string, ReadonlySet<string>>, id: string | undefined): ReadonlySet<string> {
  if (id !== undefined) return byNode.get(id) ?? new Set();
  return new Set([...byNode.values()].flatMap((names) => [...names]));
}

function includes(names: ReadonlySet<string>, name: string | undefined): boolean {
  return name === undefined ? names.size > 0 : names.has(name);
}
