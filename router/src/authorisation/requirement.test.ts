import fc from 'fast-check';
import type { Permission } from '@opsconductor/authz';
import { anyOf, bothOf, implies, isMet, missingOf } from './requirement.ts';
import type { Requirement } from './requirement.ts';
import { anonymous, userWith } from './testing/givenSupergraph.ts';

const permissions: Permission[] = ['user:read', 'target:read', 'audit:read'];
const everybody = [
  anonymous,
  ...Array.from({ length: 2 ** permissions.length }, (_, bits) =>
    userWith(...permissions.filter((_permission, bit) => bits & (1 << bit))),
  ),
];
const alternatives = fc.array(fc.subarray(permissions as string[], { minLength: 1 }), { minLength: 1, maxLength: 3 });
const requirements: fc.Arbitrary<Requirement> = fc.oneof(
  fc.constant({ authenticated: true, scopes: null }),
  fc.record({ authenticated: fc.boolean(), scopes: alternatives }),
);

test('both are met by those who meet one and the other', () => {
  fc.assert(
    fc.property(requirements, requirements, (one, other) => {
      for (const viewer of everybody)
        expect(isMet(bothOf(one, other), viewer)).toBe(isMet(one, viewer) && isMet(other, viewer));
    }),
  );
});

test('any is met by those who meet at least one', () => {
  fc.assert(
    fc.property(fc.array(requirements, { minLength: 1, maxLength: 4 }), (all) => {
      const any = anyOf(all) as Requirement;
      for (const viewer of everybody) expect(isMet(any, viewer)).toBe(all.some((one) => isMet(one, viewer)));
    }),
  );
  expect(anyOf([{ authenticated: true, scopes: null }, undefined])).toBeUndefined();
});

test('one implies another exactly when everybody who meets the one meets the other', () => {
  fc.assert(
    fc.property(requirements, requirements, (one, other) => {
      expect(implies(one, other)).toBe(everybody.every((viewer) => !isMet(one, viewer) || isMet(other, viewer)));
    }),
    { numRuns: 500 },
  );
  expect(implies(undefined, undefined)).toBe(true);
  expect(implies(undefined, { authenticated: true, scopes: null })).toBe(false);
  expect(implies({ authenticated: true, scopes: null }, undefined)).toBe(true);
});

test('who gets one of the sets that are missing meets the requirements', () => {
  fc.assert(
    fc.property(fc.array(requirements, { minLength: 1, maxLength: 3 }), fc.subarray(permissions), (all, held) => {
      const viewer = userWith(...held);
      const unmet = all.filter((requirement) => !isMet(requirement, viewer));
      fc.pre(unmet.length > 0);
      const { scopes = [] } = missingOf(unmet, viewer);
      for (const set of scopes) {
        const richer = userWith(...held, ...(set as Permission[]));
        expect(unmet.every((requirement) => isMet(requirement, richer))).toBe(true);
        expect(set.some((scope) => held.includes(scope as Permission))).toBe(false);
      }
      expect(scopes.length).toBeGreaterThan(0);
    }),
  );
});

test('a stranger is told only that they are one', () => {
  expect(missingOf([{ authenticated: false, scopes: [['audit:read']] }], anonymous)).toEqual({ authenticated: true });
});

test('nobody meets an empty list of alternatives, and no stranger an empty alternative', () => {
  for (const viewer of everybody) expect(isMet({ authenticated: false, scopes: [] }, viewer)).toBe(false);
  expect(isMet({ authenticated: false, scopes: [[]] }, anonymous)).toBe(false);
});
