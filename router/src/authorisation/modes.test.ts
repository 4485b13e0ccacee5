/** Rules M (modes) and E (explanations) of SPEC.md. */
import { parse } from 'graphql';
import type { Viewer } from '@opsconductor/authz';
import { createAuthoriser } from './authorise.ts';
import type { AuthorisationMode } from './authorise.ts';
import { anonymous, compose, requireValid, userWith } from './testing/givenSupergraph.ts';
import { sdl } from './testing/peopleGraph.ts';

const { schema, requirements } = compose(sdl);
const user = userWith();

function decide(mode: AuthorisationMode, viewer: Viewer, source: string, wish: object = {}) {
  const document = parse(source);
  requireValid(schema, document);
  return createAuthoriser({ schema, requirements, mode }).authorise({ document, viewer, ...wish });
}

const pathsOf = (errors: readonly { path?: readonly unknown[] | undefined }[]) =>
  errors.map(({ path }) => path?.join('.'));

const partly =
  'query ($no: Boolean = false) { open me { name mail: email ...F } secret @include(if: $no) } fragment F on Person { friend { phone } }';

describe('M1: in the mode reject', () => {
  test('an operation of which a part is refused is not run, and every refused field is told once', () => {
    const decision = decide('reject', user, partly);
    if (decision.kind !== 'rejected') throw new Error(decision.kind);
    expect(pathsOf(decision.errors)).toEqual(['me.mail', 'me.friend.phone']);
    expect(decision.errors[0]?.toJSON()).toMatchObject({
      locations: [{ line: 1 }],
      extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE', missing: { scopes: expect.anything() } },
    });
    expect(decision.refused).toEqual(['Person.email', 'Query.secret', 'Person.phone']);
  });

  test('what is not asked for refuses nothing', () => {
    expect(decide('reject', user, '{ open secret @skip(if: true) }').kind).toBe('allowed');
  });

  test('a client can ask for it where the router would filter', () => {
    expect(decide('filter', user, partly).kind).toBe('filtered');
    expect(decide('filter', user, partly, { isAllOrNothing: true }).kind).toBe('rejected');
  });

  test('fragments that spread each other many times over take no more time than they take room', () => {
    const levels = Array.from({ length: 40 }, (_, i) => `fragment F${i} on Person { ...F${i + 1} ...F${i + 1} }`);
    const source = `{ people { ...F0 } } ${levels.join(' ')} fragment F40 on Person { name email }`;
    const decision = decide('reject', user, source);
    if (decision.kind !== 'rejected') throw new Error(decision.kind);
    expect(pathsOf(decision.errors)).toEqual(['people.email']);
  });
});

describe('M2: in a dry run', () => {
  test('everything is run, and what would have been refused is told', () => {
    const decision = decide('dryRun', user, partly);
    if (decision.kind !== 'allowed') throw new Error(decision.kind);
    expect(pathsOf(decision.dryRun?.errors ?? [])).toEqual(['me.mail', 'me.friend.phone']);
  });

  test('a client that wants all or nothing gets nothing', () => {
    expect(decide('dryRun', user, partly, { isAllOrNothing: true }).kind).toBe('rejected');
  });

  test('what nothing is refused of has nothing to tell', () => {
    expect(decide('dryRun', user, '{ open }')).toEqual({ kind: 'allowed' });
  });
});

describe('E1: an explanation', () => {
  const explain = (viewer: Viewer, source: string) =>
    createAuthoriser({ schema, requirements }).explain({ document: parse(source), viewer });

  test('tells what each field and the whole needs, which roles have it, and what the one who asks is missing', () => {
    expect(explain(userWith('audit:read'), '{ open me { name email phone } }')).toEqual({
      fields: [
        { field: 'Query.me', authenticated: true },
        { field: 'Person.email', authenticated: true, scopes: [['user:read', 'target:read'], ['audit:read']] },
        { field: 'Person.phone', authenticated: true, scopes: [['user:read']] },
      ],
      needs: {
        authenticated: true,
        scopes: [
          ['user:read', 'target:read'],
          ['audit:read', 'user:read'],
        ],
      },
      roles: ['ADMIN', 'OPERATOR', 'AUDITOR'],
      viewer: { isAllowed: false, missing: { scopes: [['user:read']] } },
    });
  });

  test('of what everybody may run names every role', () => {
    const { needs, roles, viewer } = explain(anonymous, '{ open }') ?? {};
    expect([needs, roles?.length, viewer]).toEqual([{}, 4, { isAllowed: true }]);
  });
});
