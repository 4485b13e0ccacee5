/** Answers requests, one at a time. Runs inside the thread of `thread.ts`: it may take for ever. */
import { ExpressionFault } from './fault.ts';
import { checkExpression, checkTemplate } from './check.ts';
import { compile, createEnvironment, faultOf } from './language.ts';
import type { Compiled } from './language.ts';
import type { ExpressionAnswer, ExpressionRequest, FilledPart, Scope } from './requests.ts';
import type { ScopeTypes } from './scopeTypes.ts';
import { parseTemplate } from './template.ts';
import type { TemplatePart } from './template.ts';
import { fromTypedJson, toJson, toText } from './values.ts';

const CACHED = 2_000;

export interface Evaluator {
  /** @param seen of one message: what many scopes of it have in common is converted once */
  answer(request: ExpressionRequest, seen: WeakMap<object, unknown>): ExpressionAnswer;
}

export function createEvaluator(): Evaluator {
  const environment = createEnvironment(true);
  const compileCached = cached((expression) => compile(environment, expression));
  const parseCached = cached(parseTemplate);
  return {
    answer(request, seen) {
      try {
        return { kind: 'value', value: answer(request, seen, compileCached, parseCached) };
      } catch (error) {
        const { code, problem: message, start, end } = faultOf(error, request.text);
        return { kind: 'fault', problem: { code, message, start, end } };
      }
    },
  };
}

function answer(
  request: ExpressionRequest,
  seen: WeakMap<object, unknown>,
  compileCached: (expression: string) => Compiled,
  parseCached: (template: string) => TemplatePart[],
): unknown {
  switch (request.kind) {
    case 'check':
      return checkExpression(request.text, request.types);
    case 'checkTemplate':
      return checkTemplate(request.text, request.types);
    case 'evaluate': {
      const { text, scope, types } = request;
      return run(text, toJson, compileCached(text), toContext(scope, types, seen));
    }
    case 'fill': {
      const { text, scope, types } = request;
      const context = toContext(scope, types, seen);
      return parseCached(text).map((part) => fill(part, context, compileCached));
    }
  }
}

function toContext(scope: Scope, types: ScopeTypes | undefined, seen: WeakMap<object, unknown>) {
  return fromTypedJson(scope, types, seen) as Record<string, unknown>;
}

function fill(
  part: TemplatePart,
  context: Record<string, unknown>,
  compileCached: (e: string) => Compiled,
): FilledPart {
  if (part.kind === 'text') return part;
  try {
    const { expression } = part;
    return { kind: 'value', text: run(expression, toText, compileCached(expression), context) };
  } catch (error) {
    throw moved(error, part.start);
  }
}

function run<Result>(
  expression: string,
  convert: (value: unknown) => Result,
  { evaluate }: Compiled,
  context: Record<string, unknown>,
): Result {
  try {
    return convert(evaluate(context));
  } catch (error) {
    throw faultOf(error, expression);
  }
}

/** A fault of an expression inside of a template, at its place in the template. */
function moved(error: unknown, by: number): unknown {
  if (!(error instanceof ExpressionFault)) return error;
  const { code, problem: message, start, end } = error;
  return new ExpressionFault({ code, message, start: start + by, end: end + by });
}

/** Keeps what was made last; a thread lives long and sees the same texts again. */
function cached<Made>(make: (text: string) => Made): (text: string) => Made {
  const made = new Map<string, Made>();
  return (text) => {
    const known = made.get(text);
    if (known !== undefined) return known;
    const fresh = make(text);
    if (made.size >= CACHED) made.delete(made.keys().next().value ?? '');
    made.set(text, fresh);
    return fresh;
  };
}
