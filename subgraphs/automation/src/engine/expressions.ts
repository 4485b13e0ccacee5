import type { Step } from '../../generated/prisma/client.ts';
import type { FilledPart, Expressions as Language, Scope } from '../workflows/expressions/index.ts';

export type { FilledPart, Scope } from '../workflows/expressions/index.ts';

/** What the engine asks of the expression language. */
export type Expressions = Pick<Language, 'evaluate' | 'fill'>;

/** What is the same for all expressions of one execution. */
export interface ScopeBase {
  readonly inputs: unknown;
  readonly variables: unknown;
  readonly execution: { readonly id: string; readonly number: number; readonly startedAt: Date | null };
}

/**
 * What expressions at one place see.
 * @param steps of the flow, outermost scope first: a node of an inner one hides one of the same name further out
 * @param iteration `item` and `index` inside of a for-each
 */
export function scopeOf(base: ScopeBase, steps: readonly StepResult[], iteration: Scope = {}): Scope {
  const { id, number, startedAt } = base.execution;
  return {
    inputs: base.inputs,
    vars: base.variables,
    execution: { id, number, startedAt: startedAt?.toISOString() ?? null },
    steps: Object.fromEntries(
      steps.map(({ nodeId, status, outputs }) => {
        const { values = {}, exitCode = null } = (outputs ?? {}) as StoredOutputs;
        return [nodeId, { status, exitCode, outputs: values }];
      }),
    ),
    ...iteration,
  };
}

export type StepResult = Pick<Step, 'nodeId' | 'status' | 'outputs'>;

/** How a step keeps what it gave. */
export interface StoredOutputs {
  readonly values?: Readonly<Record<string, unknown>>;
  readonly exitCode?: number | null;
}

/** The scopes around a place, outermost first: `a[1]/b[2]/` is in ``, `a[1]/` and itself. */
export function scopesAround(scope: string): string[] {
  const parts = scope.split('/').filter(Boolean);
  return ['', ...parts.map((_, index) => `${parts.slice(0, index + 1).join('/')}/`)];
}

/** A filled template as text. */
export function toText(parts: readonly FilledPart[]): string {
  return parts.map(({ text }) => text).join('');
}
