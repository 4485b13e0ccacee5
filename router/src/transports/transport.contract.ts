/** What holds for every way of reaching a subgraph. */
import { once } from 'node:events';
import { anonymous } from '@opsconductor/authz';
import type { UserViewer } from '@opsconductor/authz';
import { createPeople } from '../testing/graph.ts';
import { SubgraphFault, SubgraphUnavailable } from './transport.ts';
import type { SubgraphCall, SubgraphRequest, SubgraphTransport } from './transport.ts';

export interface Reached extends AsyncDisposable {
  readonly transport: SubgraphTransport;
}

/** Makes a subgraph that answers with `execute` reachable; a call takes at most `requestMs`. */
export type Reach = (
  execute: (request: SubgraphRequest, call: SubgraphCall) => Promise<unknown>,
  requestMs: number,
) => Promise<Reached>;

const PATIENT_MS = 10_000;

export const user: UserViewer = {
  kind: 'user',
  userId: 'p1',
  sessionId: 's1',
  permissions: new Set(['user:read']),
  expiresAt: new Date(Math.floor(Date.now() / 1000) * 1000 + 60_000),
};

export const callOf = (signal = new AbortController().signal): SubgraphCall => ({
  viewer: user,
  requestId: 'r1',
  signal,
});

export function describeTransport(name: string, reach: Reach): void {
  describe(`a subgraph reached ${name}`, () => {
    test('is given the request and the call, and its answer comes back', async () => {
      const people = createPeople();
      await using reached = await reach(people.execute, PATIENT_MS);
      const request = {
        query: 'query Q($id: ID!) { person(id: $id) { name } }',
        variables: { id: 'p1' },
        operationName: 'Q',
      };
      expect(await reached.transport.execute(request, callOf())).toEqual({ data: { person: { name: 'Ada' } } });
      const [seen] = people.calls;
      expect(seen?.request).toEqual(request);
      expect([seen?.call.viewer, seen?.call.requestId]).toEqual([user, 'r1']);
    });

    test('is told when nobody is signed in', async () => {
      const people = createPeople();
      await using reached = await reach(people.execute, PATIENT_MS);
      await reached.transport.execute({ query: '{ ping }' }, { ...callOf(), viewer: anonymous });
      expect(people.calls[0]?.call.viewer).toEqual(anonymous);
    });

    test('may answer with errors', async () => {
      await using reached = await reach(createPeople().execute, PATIENT_MS);
      const { data, errors } = await reached.transport.execute({ query: '{ nothing }' }, callOf());
      expect([data, errors?.[0]?.message]).toEqual([undefined, 'Cannot query field "nothing" on type "Query".']);
    });

    test.each([
      ['text', 'text'],
      ['null', null],
      ['a list', []],
      ['an object without data and errors', {}],
      ['errors that are none', { errors: [1] }],
      ['data that are none', { data: [] }],
    ])('is at fault when it answers with %s', async (_name, answer) => {
      await using reached = await reach(async () => answer, PATIENT_MS);
      await expect(reached.transport.execute({ query: '{ ping }' }, callOf())).rejects.toThrow(SubgraphFault);
    });

    test('is at fault when it throws', async () => {
      await using reached = await reach(async () => {
        throw new Error('broken');
      }, PATIENT_MS);
      await expect(reached.transport.execute({ query: '{ ping }' }, callOf())).rejects.toThrow(SubgraphFault);
    });

    test('is told when the caller leaves, who does not wait for it', async () => {
      const { promise: begun, resolve: begin } = Promise.withResolvers<SubgraphCall>();
      await using reached = await reach((_request, call) => {
        begin(call);
        return untilAborted(call.signal);
      }, PATIENT_MS);
      const leave = new AbortController();
      const pending = reached.transport.execute({ query: '{ ping }' }, callOf(leave.signal));
      const { signal } = await begun;
      leave.abort();
      await expect(pending).rejects.toThrow(SubgraphUnavailable);
      if (!signal.aborted) await once(signal, 'abort');
    });

    test('is not asked at all for a caller who has left', async () => {
      const people = createPeople();
      await using reached = await reach(people.execute, PATIENT_MS);
      await expect(reached.transport.execute({ query: '{ ping }' }, callOf(AbortSignal.abort()))).rejects.toThrow(
        SubgraphUnavailable,
      );
      expect(people.calls).toEqual([]);
    });

    test('is unavailable when it takes too long', async () => {
      await using reached = await reach((_request, { signal }) => untilAborted(signal), 50);
      await expect(reached.transport.execute({ query: '{ ping }' }, callOf())).rejects.toThrow(SubgraphUnavailable);
    });
  });
}

async function untilAborted(signal: AbortSignal): Promise<unknown> {
  if (!signal.aborted) await once(signal, 'abort');
  return { data: {} };
}
