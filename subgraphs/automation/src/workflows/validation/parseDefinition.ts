import type { z } from 'zod';
import type { JobDefinition } from '../definition.ts';
import { jobDefinition } from '../schema/job.ts';
import { NODE_LIMIT } from '../schema/nodes.ts';
import { isStorable } from '../schema/texts.ts';
import { problem } from './problem.ts';
import type { DefinitionProblem } from './problem.ts';

/** Of the JSON of a definition. */
export const DEFINITION_BYTES = 1024 * 1024;
/** Of for-each inside of for-each. */
const NESTING = 3;
/** Of JSON: loops as deep as they may be, with what they hold. */
const DEPTH = 50;
/** Enough to mend, few enough to read. */
const REPORTED = 100;

export type ParsedDefinition =
  | { readonly definition: JobDefinition; readonly problems?: undefined }
  | { readonly definition?: undefined; readonly problems: readonly DefinitionProblem[] };

/** Reads a definition from JSON of unknown origin: its shape and bounds, not yet whether it makes sense. */
export function parseDefinition(json: unknown): ParsedDefinition {
  const unbounded = findUnbounded(json);
  if (unbounded) return { problems: [problem('SHAPE', null, '', unbounded)] };
  const parsed = jobDefinition.safeParse(json);
  if (!parsed.success)
    return { problems: parsed.error.issues.slice(0, REPORTED).map((issue) => describeIssue(issue, json)) };
  const { data: definition } = parsed;
  const { nodes, nesting } = measure(definition.workflow);
  if (nodes > NODE_LIMIT)
    return { problems: [problem('SHAPE', null, 'workflow.nodes', `A job has at most ${NODE_LIMIT} nodes.`)] };
  if (nesting > NESTING)
    return { problems: [problem('SHAPE', null, 'workflow', `A for-each is at most ${NESTING} deep.`)] };
  return { definition };
}

/** What no schema may be asked about first: it would walk for ever, or overflow the stack. */
function findUnbounded(json: unknown): string | undefined {
  let bytes = 0;
  const open: { value: unknown; depth: number }[] = [{ value: json, depth: 0 }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, depth } = next;
    if (depth > DEPTH) return 'The definition is nested too deep.';
    bytes += typeof value === 'string' ? Buffer.byteLength(value) + 2 : 4;
    if (bytes > DEFINITION_BYTES) return `A definition has at most ${DEFINITION_BYTES} bytes.`;
    if (typeof value === 'string' && !isStorable(value)) return 'A text holds NUL or half a character.';
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, entry] of Object.entries(value)) {
      if (!isStorable(key)) return 'A name holds NUL or half a character.';
      bytes += Array.isArray(value) ? 1 : Buffer.byteLength(key) + 3;
      open.push({ value: entry, depth: depth + 1 });
    }
  }
  return undefined;
}

function measure({ nodes }: JobDefinition['workflow']): { nodes: number; nesting: number } {
  const bodies = nodes.flatMap((node) => (node.kind === 'forEach' ? [measure(node.body)] : []));
  return {
    nodes: nodes.length + bodies.reduce((sum, body) => sum + body.nodes, 0),
    nesting: Math.max(0, ...bodies.map(({ nesting }) => nesting + 1)),
  };
}

/** A place of the JSON as a node and a field of it, as far in as there are nodes. */
function describeIssue(issue: z.core.$ZodIssue, json: unknown): DefinitionProblem {
  let node: string | null = null;
  let field: PropertyKey[] = [];
  let within: unknown = json;
  for (const step of issue.path) {
    const isNode: boolean = field.at(-1) === 'nodes' && typeof step === 'number';
    within = (within as Record<PropertyKey, unknown> | undefined)?.[step];
    field.push(step);
    const id: unknown = isNode ? (within as { id?: unknown } | undefined)?.id : undefined;
    if (typeof id === 'string') {
      node = id.slice(0, 100);
      field = [];
    }
  }
  return problem('SHAPE', node, field.map(String).join('.'), toSentence(issue));
}

function toSentence(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `There is no ${issue.keys.slice(0, 5).join(', ').slice(0, 200)}.`;
  if (issue.code === 'invalid_union' && 'note' in issue) return 'There is no such kind.';
  if (/^(is|has|begins|cannot)\b/.test(issue.message))
    return `The value ${issue.message}.`.replace(/^The value has/, 'It has');
  return `${issue.message}.`;
}
