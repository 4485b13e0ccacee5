/** The options of a parameter where they come from elsewhere: an address, or what another job found out. */
import { requirePermission } from '@opsconductor/authz';
import { BadUserInput } from '@opsconductor/subgraph';
import type { Context } from '../../context.ts';
import type { JobDefinition, Parameter, ParameterOptions, WorkflowNode } from '../../workflows/definition.ts';
import { ExpressionFault } from '../../workflows/expressions/index.ts';
import { findValueFault, inputTypes } from '../../workflows/validation/index.ts';
import { isStorable } from '../../workflows/schema/texts.ts';
import { HttpFault } from '../../outbound/httpClient.ts';
import { findJob } from '../jobs.ts';

const OPTIONS = 1_000;
const OPTION_LENGTH = 1_000;

export interface Option {
  readonly value: string;
  readonly label: string | null;
}

export interface OfferedOptions {
  readonly options: readonly Option[];
  /** Why there are none, or not all; null when there is nothing to say. */
  readonly problem: string | null;
}

/** Options that cannot be had now. The message is for whoever fills in the form. */
class NoOptions extends Error {}

/**
 * @param given the other parameters' values as far as they are filled in: what options depend on. Secrets do not count.
 * @returns null when there is no such job, or no such parameter with options
 */
export async function offerOptions(
  context: Context,
  jobId: string,
  parameterName: string,
  given: unknown,
): Promise<OfferedOptions | null> {
  requirePermission(context.viewer, 'job:read');
  const job = await findJob(context, jobId);
  const revision = job && (await context.loaders.jobRevision.load({ jobId: job.id, number: job.revisionNumber }));
  if (!revision) return null;
  const { parameters } = revision.definition as unknown as JobDefinition;
  const index = parameters.findIndex(({ name }) => name === parameterName);
  const options = parameters[index]?.options;
  if (!options) return null;
  try {
    return { options: await findOptions(context, options, parameters.slice(0, index), given), problem: null };
  } catch (error) {
    if (error instanceof NoOptions || error instanceof HttpFault) return { options: [], problem: error.message };
    throw error;
  }
}

async function findOptions(
  context: Context,
  options: ParameterOptions,
  earlier: readonly Parameter[],
  given: unknown,
): Promise<Option[]> {
  switch (options.from) {
    case 'list':
      return options.values.map(({ value, label = null }) => ({ value, label }));
    case 'url':
      return toOptions(await fetchList(context, await fillAddress(context, options.url, earlier, given)));
    case 'execution':
      return toOptions(await readList(context, options));
  }
}

/** Values are put into an address as data: they cannot lead to another host or path. */
async function fillAddress(
  { expressions }: Context,
  template: string,
  earlier: readonly Parameter[],
  given: unknown,
): Promise<string> {
  const scope = { inputs: readGiven(earlier, given) };
  try {
    const parts = await expressions.fill(template, scope, { inputs: inputTypes(earlier) });
    return parts.map(({ kind, text }) => (kind === 'value' ? encodeURIComponent(text.toWellFormed()) : text)).join('');
  } catch (error) {
    if (error instanceof ExpressionFault) throw new NoOptions('Fill in first what the options depend on.');
    throw error;
  }
}

function readGiven(parameters: readonly Parameter[], given: unknown): Record<string, unknown> {
  if (given != null && (typeof given !== 'object' || Array.isArray(given)))
    throw new BadUserInput('inputs is an object.');
  const values = new Map(Object.entries(given ?? {}));
  return Object.fromEntries(
    parameters.map((parameter) => {
      const value: unknown = values.get(parameter.name) ?? parameter.default ?? null;
      const isUsable = parameter.type !== 'secret' && value !== null && findValueFault(parameter, value) === undefined;
      return [parameter.name, isUsable ? value : null];
    }),
  );
}

async function fetchList({ http, signal }: Context, url: string): Promise<unknown> {
  const { status, body } = await http.send({ method: 'GET', url, headers: { accept: 'application/json' } }, signal);
  if (status !== 200) throw new NoOptions(`The address of the options answers with the status ${status}.`);
  try {
    return JSON.parse(body) as unknown;
  } catch {
    throw new NoOptions('The address of the options does not answer with JSON.');
  }
}

/** The output of a node of the newest execution of a job that succeeded. */
async function readList(
  context: Context,
  { jobId, node, output }: Extract<ParameterOptions, { from: 'execution' }>,
): Promise<unknown> {
  const source = await findJob(context, jobId);
  if (!source) throw new NoOptions('The job that the options come from does not exist.');
  const execution = await context.prisma.execution.findFirst({
    where: { jobId: source.id, status: 'SUCCEEDED' },
    orderBy: { id: 'desc' },
    select: { id: true, definition: true },
  });
  if (!execution) throw new NoOptions(`No execution of ${source.name} has succeeded yet.`);
  const nodes = (execution.definition as unknown as JobDefinition | null)?.workflow.nodes ?? [];
  if (isSecret(nodes, node, output)) throw new NoOptions(`What ${source.name} gives there is secret.`);
  const step = await context.prisma.step.findFirst({
    where: { executionId: execution.id, scope: '', nodeId: node, role: 'FLOW', status: 'SUCCEEDED' },
    orderBy: { attempt: 'desc' },
    select: { outputs: true },
  });
  const { values = {} } = (step?.outputs ?? {}) as { values?: Record<string, unknown> };
  if (!Object.hasOwn(values, output)) throw new NoOptions(`The last execution of ${source.name} gave no ${output}.`);
  return values[output];
}

function isSecret(nodes: readonly WorkflowNode[], id: string, output: string): boolean {
  const outputs = nodes.find((node) => node.id === id)?.outputs ?? [];
  return outputs.some(({ name, isSecret: secret }) => name === output && secret === true);
}

function toOptions(list: unknown): Option[] {
  if (!Array.isArray(list)) throw new NoOptions('The options are not a list.');
  if (list.length > OPTIONS) throw new NoOptions(`There are more than ${OPTIONS} options.`);
  return list.map((entry: unknown) => {
    const { value, label = null } = (typeof entry === 'object' && entry !== null ? entry : { value: entry }) as {
      value?: unknown;
      label?: unknown;
    };
    const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
    if (!isOptionText(text) || text === '' || (label !== null && !isOptionText(label)))
      throw new NoOptions('The options are not texts, nor objects with a value and a label.');
    return { value: text, label };
  });
}

function isOptionText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= OPTION_LENGTH && isStorable(value);
}
