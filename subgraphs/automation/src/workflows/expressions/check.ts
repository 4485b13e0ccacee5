import type { Environment } from '@marcbachmann/cel-js';
import type { ExpressionFault } from './fault.ts';
import type { ExpressionProblem } from './fault.ts';
import type { Reference } from './guard.ts';
import { compile, createEnvironment, faultOf } from './language.ts';
import type { CheckedExpression } from './requests.ts';
import { fromCelType, toCelType } from './scopeTypes.ts';
import type { ScopeType, ScopeTypes } from './scopeTypes.ts';
import { parseTemplate } from './template.ts';

const language = createEnvironment(false);

/** What can be said of an expression before there are values: every name that is not there, or else its first fault. */
export function checkExpression(expression: string, types: ScopeTypes): CheckedExpression {
  try {
    const { references } = compile(language, expression);
    const problems = references.flatMap((reference) => findUndefined(reference, types) ?? []);
    if (problems.length > 0) return { problems, type: 'any', references };
    const { valid, type = 'dyn', error } = declare(references, types).parse(expression).check();
    if (!valid) throw error ?? new Error('The checker gives no reason.');
    return { problems: [], type: fromCelType(type), references };
  } catch (error) {
    return { problems: [problemOf(faultOf(error, expression), 0)], type: 'any', references: [] };
  }
}

/** The language with the variables that an expression reads, each with no more inside than is read: types are dear. */
function declare(references: readonly Reference[], types: ScopeTypes): Environment {
  const read: Record<string, ScopeType> = {};
  for (const { path } of references) addPath(read, path, types);
  const environment = language.clone();
  for (const [name, type] of Object.entries(read)) {
    const celType = toCelType(type);
    environment.registerVariable(name, typeof celType === 'string' ? celType : ({ schema: celType } as never));
  }
  return environment;
}

/** What is read as a whole is an object of anything. */
function addPath(read: Record<string, ScopeType>, path: readonly string[], types: ScopeTypes): void {
  const [name, ...rest] = path;
  const type = name === undefined ? undefined : types[name];
  if (name === undefined || type === undefined || read[name] === 'object') return;
  if (typeof type === 'string') read[name] = type;
  else if (rest.length === 0) read[name] = 'object';
  else {
    const inside = read[name] ?? {};
    if (typeof inside === 'string') return;
    const added: Record<string, ScopeType> = { ...inside };
    addPath(added, rest, type);
    read[name] = added;
  }
}

/** The same for all expressions of a template, at their places in it. */
export function checkTemplate(template: string, types: ScopeTypes): CheckedExpression {
  try {
    const checked = parseTemplate(template).flatMap((part) => {
      if (part.kind === 'text') return [];
      const { problems, references } = checkExpression(part.expression, types);
      return [
        {
          problems: problems.map((problem) => moveProblem(problem, part.start)),
          references: references.map((reference) => moveReference(reference, part.start)),
        },
      ];
    });
    return {
      problems: checked.flatMap(({ problems }) => problems),
      type: 'text',
      references: checked.flatMap(({ references }) => references),
    };
  } catch (error) {
    return { problems: [problemOf(faultOf(error, template), 0)], type: 'text', references: [] };
  }
}

/** The first part of a path that does not exist; undefined when all do, or when nothing is known about one. */
function findUndefined({ path, places }: Reference, types: ScopeTypes): ExpressionProblem | undefined {
  let within: ScopeType = types;
  for (const [index, name] of path.entries()) {
    if (typeof within === 'string') return undefined;
    const type: ScopeType | undefined = Object.hasOwn(within, name) ? within[name] : undefined;
    if (type === undefined) {
      const { start = 0, end = 0 } = places[index] ?? {};
      return { code: 'UNDEFINED', message: `${path.slice(0, index + 1).join('.')} does not exist here.`, start, end };
    }
    within = type;
  }
  return undefined;
}

function problemOf({ code, problem: message, start, end }: ExpressionFault, by: number): ExpressionProblem {
  return { code, message, start: start + by, end: end + by };
}

function moveProblem(problem: ExpressionProblem, by: number): ExpressionProblem {
  return { ...problem, start: problem.start + by, end: problem.end + by };
}

function moveReference({ path, places }: Reference, by: number): Reference {
  return { path, places: places.map(({ start, end }) => ({ start: start + by, end: end + by })) };
}
