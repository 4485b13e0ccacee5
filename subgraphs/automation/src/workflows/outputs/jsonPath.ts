/**
 * A path into JSON: names and list indices, `items[0].name` or `labels["a.b"]`; a negative index counts from the end.
 * @returns undefined when it is not one
 */
export function parseJsonPath(path: string): (string | number)[] | undefined {
  const steps: (string | number)[] = [];
  const step = /\.?([A-Za-z_$][\w$-]*)|\[(-?\d{1,9})\]|\["([^"]*)"\]/y;
  while (step.lastIndex < path.length) {
    const isFirst = step.lastIndex === 0;
    const [whole, name, index, quoted] = step.exec(path) ?? [];
    if (whole === undefined || (name !== undefined && whole.startsWith('.') === isFirst)) return undefined;
    steps.push(index === undefined ? (name ?? quoted ?? '') : Number(index));
  }
  return steps.length > 0 ? steps : undefined;
}

/** @returns undefined when there is nothing at the path */
export function findInJson(value: unknown, path: string): unknown {
  let within = value;
  for (const step of parseJsonPath(path) ?? [undefined]) {
    if (typeof step === 'number' && Array.isArray(within)) within = within.at(step) as unknown;
    else if (typeof step === 'string' && isObject(within) && Object.hasOwn(within, step)) within = within[step];
    else return undefined;
  }
  return within;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
