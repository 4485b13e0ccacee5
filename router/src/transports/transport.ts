import type { GraphQLFormattedError } from 'graphql';
import type { SubgraphCall, SubgraphRequest, SubgraphResponse } from '@opsconductor/subgraph';

export type { SubgraphCall, SubgraphRequest, SubgraphResponse };

/** How the router reaches a subgraph. In-process and HTTP behave alike: one contract suite holds for both. */
export interface SubgraphTransport {
  /**
   * @returns what the subgraph answered, its errors included, unmasked
   * @throws {SubgraphUnavailable} no answer: not reached, too late, or cancelled by the signal
   * @throws {SubgraphFault} an answer that is no GraphQL response, or a refusal to talk to the router at all
   */
  execute(request: SubgraphRequest, call: SubgraphCall): Promise<SubgraphResponse>;
  close(): Promise<void>;
}

/** The subgraph gave no answer. The message is for the log. */
export class SubgraphUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SubgraphUnavailable';
  }
}

/** The subgraph gave an answer that makes no sense. The message is for the log. */
export class SubgraphFault extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SubgraphFault';
  }
}

/** @throws {SubgraphFault} the value is no GraphQL response */
export function readSubgraphResponse(value: unknown): SubgraphResponse {
  if (!isObject(value)) throw new SubgraphFault('the response is no object');
  const { data, errors } = value;
  if (errors !== undefined && !isErrors(errors)) throw new SubgraphFault('the response has malformed errors');
  if (data === undefined && errors === undefined) throw new SubgraphFault('the response has neither data nor errors');
  if (data !== undefined && data !== null && !isObject(data)) throw new SubgraphFault('the data are no object');
  return { ...(data !== undefined && { data }), ...(errors && { errors }) };
}

function isErrors(value: unknown): value is GraphQLFormattedError[] {
  return Array.isArray(value) && value.every((error) => isObject(error) && typeof error['message'] === 'string');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
