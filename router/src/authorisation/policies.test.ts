/** Rules P (policies) of SPEC.md. */
import { parse } from 'graphql';
import type { Viewer } from '@opsconductor/authz';
import { createAuthoriser } from './authorise.ts';
import type { Policies, PolicyQuestion } from './policies.ts';
import { anonymous, compose, userWith } from './testing/givenSupergraph.ts';

const { schema, requirements } = compose(`
  type Query {
    open: String @tag(name: "public")
    report(id: ID!, year: Int = 2026): Report @policy(policies: [["ownReport"], ["auditor", "onDuty"]])
    both: String @requiresScopes(scopes: [["audit:read"]]) @policy(policies: [["ownReport"]])
    things: [Thing] @tag(name: "public")
  }
  type Report { title: String, cost: Int @policy(policies: [["mayCount"]]) }
  union Thing = Report | Vault
  type Vault @policy(policies: [["onDuty"]]) { gold: Int }
`);

function start(policies: Policies) {
  const asked: (PolicyQuestion & { policy: string })[] = [];
  const noted: Policies = Object.fromEntries(
    Object.entries(policies).map(([policy, answer]) => [
      policy,
      (question: PolicyQuestion) => {
        asked.push({ policy, ...question });
        return answer(question);
      },
    ]),
  );
  const authoriser = createAuthoriser({ schema, requirements, policies: noted });
  return {
    asked,
    async refused(viewer: Viewer, source: string, variables: Record<string, unknown> = {}): Promise<readonly string[]> {
      const request = { document: parse(source), viewer, variables };
      const verdicts = await authoriser.askPolicies(request, variables);
      const decision = authoriser.authorise({ ...request, verdicts });
      if (decision.kind === 'allowed') return [];
      const errors = decision.kind === 'rejected' ? decision.errors : decision.complete({ data: {} }).errors;
      return (errors ?? []).map((error) => error.path?.join('.') ?? '');
    },
  };
}

const user = userWith();

test('P1: a policy is asked with the arguments of its field and the one who asks, each place for itself', async () => {
  const { refused, asked } = start({ ownReport: ({ arguments: { id } }) => id === 'mine' });
  const source = 'query ($id: ID!) { a: report(id: "mine") { title } b: report(id: $id, year: 2020) { title } }';
  expect(await refused(user, source, { id: 'theirs' })).toEqual(['b']);
  expect(asked).toEqual([
    { policy: 'ownReport', viewer: user, field: 'report', arguments: { id: 'mine', year: 2026 } },
    { policy: 'ownReport', viewer: user, field: 'report', arguments: { id: 'theirs', year: 2020 } },
  ]);
});

test.each<[string, Policies, string[]]>([
  ['one of the alternatives is enough', { ownReport: () => true, auditor: () => false, onDuty: () => false }, []],
  [
    'all of an alternative are needed',
    { ownReport: () => false, auditor: () => true, onDuty: () => false },
    ['report'],
  ],
  ['all of an alternative are enough', { ownReport: () => false, auditor: () => true, onDuty: async () => true }, []],
  ['one that is not registered says no', {}, ['report']],
  ['one that throws says no', { ownReport: () => { throw new Error('x'); } }, ['report']], // prettier-ignore
  ['one that rejects says no', { ownReport: () => Promise.reject(new Error('x')) }, ['report']],
  ['one that never answers says no', { ownReport: () => new Promise<boolean>(() => undefined) }, ['report']],
  ['anything but true is no', { ownReport: () => 'yes' as unknown as boolean }, ['report']],
])('P2: %s', async (_name, policies, expected) => {
  expect(await start(policies).refused(user, '{ report(id: 1) { title } }')).toEqual(expected);
});

test('P3: with permissions, both are needed, and who lacks the permissions is not asked about', async () => {
  const { refused, asked } = start({ ownReport: () => true });
  expect(await refused(user, '{ both }')).toEqual(['both']);
  expect(asked).toEqual([]);
  expect(await refused(userWith('audit:read'), '{ both }')).toEqual([]);
});

test('P4: the same question is asked once', async () => {
  const { refused, asked } = start({ ownReport: () => true });
  await refused(user, '{ a: report(id: 1) { title } b: report(id: 1) { title } c: report(id: 2) { title } }');
  expect(asked).toHaveLength(2);
});

test('P5: of a union, one whose policies say yes is enough; those that say no lose their fragment', async () => {
  const source = '{ things { ... on Report { title } ... on Vault { gold } } }';
  const { refused } = start({ onDuty: () => false });
  expect(await refused(user, source)).toEqual([]);
});

test('P6: strangers may meet policies', async () => {
  const { refused } = start({ ownReport: ({ viewer }) => viewer.kind === 'anonymous' });
  expect(await refused(anonymous, '{ report(id: 1) { title } }')).toEqual([]);
});

test('P7: an operation that no policy guards asks none and waits for none', () => {
  const authoriser = createAuthoriser({ schema, requirements, policies: {} });
  expect(authoriser.askPolicies({ document: parse('{ open }'), viewer: user }, {})).toBeUndefined();
});

test('P8: policies of several subgraphs are needed together, in every combination of their alternatives', () => {
  const composed = compose(
    'type Query { a: String @tag(name: "public") } type T @key(fields: "id") @policy(policies: [["p"], ["q"]]) { id: ID! }',
    'type T @key(fields: "id") @policy(policies: [["r"]]) @requiresScopes(scopes: [["s"]]) { id: ID! b: Int }',
  );
  const { scopes, policies } = composed.requirements.types.get('T') ?? {};
  const sets = policies?.map((set) => [...set].sort().join('+')).sort();
  expect([scopes, sets]).toEqual([[['s']], ['p+r', 'q+r']]);
});
