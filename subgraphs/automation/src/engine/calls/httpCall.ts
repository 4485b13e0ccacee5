import { HttpFault } from '../../outbound/httpClient.ts';
import type { HttpAnswer, HttpClient } from '../../outbound/httpClient.ts';
import type { ActionOf, NodeSettings } from '../../workflows/definition.ts';
import { readOutputs } from '../../workflows/outputs/readOutputs.ts';
import { toText } from '../expressions.ts';
import type { Expressions, Scope } from '../expressions.ts';
import type { StepPatch } from '../stepBook.ts';

type HttpNode = NodeSettings & ActionOf<'http'>;

/** @returns how the step ends */
export async function callHttp(
  http: HttpClient,
  node: HttpNode,
  expressions: Expressions,
  scope: Scope,
  signal: AbortSignal,
): Promise<StepPatch> {
  const fill = async (template: string) => toText(await expressions.fill(template, scope));
  const { method, timeoutSeconds } = node;
  const url = await fill(node.url);
  const headers: Record<string, string> = {};
  for (const [name, template] of Object.entries(node.headers ?? {})) headers[name] = await fill(template);
  const request = {
    method,
    url,
    headers,
    ...(node.body !== undefined && { body: await fill(node.body) }),
    ...(timeoutSeconds !== undefined && { timeoutMs: timeoutSeconds * 1_000 }),
  };
  try {
    return answered(node, await http.send(request, signal));
  } catch (error) {
    if (error instanceof HttpFault && !signal.aborted) return { status: 'FAILED', reason: error.message };
    throw error;
  }
}

function answered({ expectedStatuses, outputs: declared = [] }: HttpNode, { status, body }: HttpAnswer): StepPatch {
  const { values, faults } = readOutputs(declared, { stdout: body, exitCode: status });
  const outputs = { values, exitCode: status } as StepPatch['outputs'] & object;
  const isExpected = expectedStatuses ? expectedStatuses.includes(status) : status >= 200 && status < 300;
  if (!isExpected) return { status: 'FAILED', outputs, reason: `The answer has status ${status}.` };
  const [fault] = faults;
  if (fault) return { status: 'FAILED', outputs, reason: `The output ${fault.output}: ${fault.message}` };
  return { status: 'SUCCEEDED', outputs };
}
