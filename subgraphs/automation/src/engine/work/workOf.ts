/** What is run on a target for a node, with the values of expressions in it as data. */
import type { Work } from '../../ssh/work.ts';
import type { ActionOf, Interpreter, RunSettings } from '../../workflows/definition.ts';
import { toText } from '../expressions.ts';
import type { Expressions, Scope } from '../expressions.ts';
import { NodeFailed } from '../nodes/nodeFailed.ts';
import type { TargetNode } from '../nodes/targetKinds.ts';
import { StepNotInstalled } from '../../libraries/stepCatalogue.ts';
import type { StepCatalogue } from '../../libraries/stepCatalogue.ts';
import { StepParametersInvalid, stepWork } from '../../libraries/stepWork.ts';
import { composeShell } from './shellText.ts';

/** @throws {NodeFailed} or a fault of an expression: nothing was run */
export async function workOf(
  node: TargetNode,
  steps: StepCatalogue,
  expressions: Expressions,
  scope: Scope,
): Promise<Work> {
  if (node.outputs?.some(({ isSecret }) => isSecret))
    throw new NodeFailed('Secret outputs cannot be kept: nothing was run.');
  const fill = async (template: string) => toText(await expressions.fill(template, scope));
  switch (node.kind) {
    case 'command':
      return {
        script: composeShell(await expressions.fill(node.command, scope)),
        ...(await surroundingsOf(node, fill)),
      };
    case 'script':
      return {
        script: await scriptOf(node, expressions, scope),
        interpreter: interpreterOf(node.interpreter),
        arguments: await fillAll(node.arguments ?? [], fill),
        ...(await surroundingsOf(node, fill)),
      };
    case 'libraryStep':
      return {
        ...(await libraryWork(node, steps, fill)),
        ...(await surroundingsOf(node, fill)),
      };
    case 'upload':
    case 'download':
    case 'sync':
    case 'templateFile':
      throw new NodeFailed(`Nodes of the kind ${node.kind} cannot be run by this executor.`);
  }
}

/** A shell keeps values apart by quoting; other languages get theirs as arguments and environment. */
async function scriptOf(node: ActionOf<'script'>, expressions: Expressions, scope: Scope): Promise<string> {
  const parts = await expressions.fill(node.script, scope);
  if (node.interpreter === 'sh' || node.interpreter === 'bash') return composeShell(parts);
  if (parts.some(({ kind }) => kind === 'value'))
    throw new NodeFailed('Only scripts of sh and bash have values in them. Use arguments or the environment.');
  return toText(parts);
}

function interpreterOf(interpreter: Interpreter): string[] {
  if (typeof interpreter === 'object') return [interpreter.path, ...(interpreter.arguments ?? [])];
  return interpreter === 'pwsh' ? ['pwsh', '-NoProfile', '-NonInteractive', '-File'] : [interpreter];
}

async function surroundingsOf(
  { environment = {}, workingDirectory, runAs }: RunSettings,
  fill: (template: string) => Promise<string>,
): Promise<Pick<Work, 'environment' | 'workingDirectory' | 'runAs'>> {
  const names = Object.keys(environment);
  const values = await fillAll(Object.values(environment), fill);
  return {
    environment: Object.fromEntries(names.map((name, index) => [name, values[index] ?? ''])),
    ...(workingDirectory !== undefined && { workingDirectory: await fill(workingDirectory) }),
    ...(runAs && { runAs: { method: runAs.method, username: runAs.user } }),
  };
}

async function fillAll(templates: readonly string[], fill: (template: string) => Promise<string>): Promise<string[]> {
  return Promise.all(templates.map(fill));
}

async function libraryWork(
  node: ActionOf<'libraryStep'>,
  steps: StepCatalogue,
  fill: (template: string) => Promise<string>,
): Promise<Work> {
  const values = await fillValues(node.parameters, fill);
  try {
    return stepWork(await steps.getStep(node), values);
  } catch (error) {
    if (error instanceof StepNotInstalled || error instanceof StepParametersInvalid)
      throw new NodeFailed(error.message);
    throw error;
  }
}

/** Values of JSON whose texts are templates. */
async function fillValues(
  values: Readonly<Record<string, unknown>>,
  fill: (template: string) => Promise<string>,
): Promise<Record<string, unknown>> {
  const fillValue = async (value: unknown): Promise<unknown> => {
    if (typeof value === 'string') return fill(value);
    if (Array.isArray(value)) return Promise.all(value.map(fillValue));
    return value !== null && typeof value === 'object' ? fillValues({ ...value }, fill) : value;
  };
  const entries = Object.entries(values).map(async ([name, value]) => [name, await fillValue(value)] as const);
  return Object.fromEntries(await Promise.all(entries));
}
