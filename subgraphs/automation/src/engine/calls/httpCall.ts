import { isIP } from 'node:net';
import { Agent, buildConnector, request } from 'undici';
import { SshFault } from '../../ssh/fault.ts';
import { resolveTarget } from '../../ssh/address.ts';
import type { Networks } from '../../ssh/networks.ts';
import type { ActionOf, NodeSettings } from '../../workflows/definition.ts';
import { readOutputs } from '../../workflows/outputs/readOutputs.ts';
import { toText } from '../expressions.ts';
import type { Expressions, Scope } from '../expressions.ts';
import type { StepPatch } from '../stepBook.ts';

const BODY_BYTES = 1024 * 1024;
const TIME_LIMIT_MS = 10_000;

/** Calls out, and nowhere that is not allowed: what a name means is checked where the connection is made. */
export class HttpCaller {
  readonly #agent: Agent;

  constructor(allowedNetworks: Networks) {
    const connect = buildConnector({ timeout: TIME_LIMIT_MS });
    this.#agent = new Agent({
      connect: (options, callback) => {
        resolveTarget(options.hostname.replace(/^\[|\]$/g, ''), { allowedNetworks }).then(
          // To the address that was checked; the name is for the certificate.
          ([address = '']) => connect({ ...options, hostname: address, ...nameFor(options) }, callback),
          (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
        );
      },
    });
  }

  /** @returns how the step ends. Redirects are answers like others, and not followed. */
  async call(
    node: NodeSettings & ActionOf<'http'>,
    expressions: Expressions,
    scope: Scope,
    signal: AbortSignal,
  ): Promise<StepPatch> {
    const fill = async (template: string) => toText(await expressions.fill(template, scope));
    const url = await fill(node.url);
    if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return failed('The address is none of http or https.');
    const headers: Record<string, string> = {};
    for (const [name, template] of Object.entries(node.headers ?? {})) headers[name] = await fill(template);
    const body = node.body === undefined ? null : await fill(node.body);
    const limit = AbortSignal.any([
      signal,
      AbortSignal.timeout((node.timeoutSeconds ?? TIME_LIMIT_MS / 1_000) * 1_000),
    ]);
    try {
      const response = await request(url, {
        method: node.method,
        headers,
        body,
        signal: limit,
        dispatcher: this.#agent,
      });
      const text = await readBody(response.body);
      return text === undefined
        ? failed('The answer is longer than 1 MiB.')
        : answered(node, response.statusCode, text);
    } catch (error) {
      if (signal.aborted) throw error;
      return limit.aborted ? { status: 'TIMED_OUT', reason: 'No answer came in time.' } : failed(reasonOf(error));
    }
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }
}

/** The name that a certificate has to be for; an address has none. */
function nameFor({ hostname, servername }: buildConnector.Options): { servername?: string } {
  if (servername) return { servername };
  return isIP(hostname.replace(/^\[|\]$/g, '')) ? {} : { servername: hostname };
}

/** @returns undefined when it is too long */
async function readBody(body: AsyncIterable<Buffer>): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function answered(node: NodeSettings & ActionOf<'http'>, status: number, body: string): StepPatch {
  const { expectedStatuses, outputs: declared = [] } = node;
  const { values, faults } = readOutputs(declared, { stdout: body, exitCode: status });
  const outputs = { values, exitCode: status } as StepPatch['outputs'] & object;
  const isExpected = expectedStatuses ? expectedStatuses.includes(status) : status >= 200 && status < 300;
  if (!isExpected) return { status: 'FAILED', outputs, reason: `The answer has status ${status}.` };
  const [fault] = faults;
  if (fault) return { status: 'FAILED', outputs, reason: `The output ${fault.output}: ${fault.message}` };
  return { status: 'SUCCEEDED', outputs };
}

/** What the network says may hold addresses of the platform's own network: only what is ours is passed on. */
function reasonOf(error: unknown): string {
  if (error instanceof SshFault) return error.message;
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? `The call failed: ${code}.` : 'The call failed.';
}

function failed(reason: string): StepPatch {
  return { status: 'FAILED', reason };
}
