import { readFileSync } from 'node:fs';
import { isPermission, permissions, permissionsOf, roles } from './permissions.ts';

test('every scope that the SDL asks for is in the catalogue', () => {
  const sdl = readFileSync(new URL('../../../schema/supergraph.graphql', import.meta.url), 'utf8');
  const scopes = [...sdl.matchAll(/@requiresScopes\(scopes: (\[\[.*?\]\])\)/g)].flatMap(([, sets = '[]']) =>
    (JSON.parse(sets) as string[][]).flat(),
  );
  expect(scopes.length).toBeGreaterThan(20);
  for (const scope of scopes) expect({ scope, isKnown: isPermission(scope) }).toEqual({ scope, isKnown: true });
});

test('a role holds nothing that is not in the catalogue, and ADMIN holds everything', () => {
  for (const held of Object.values(roles)) expect(held.every(isPermission)).toBe(true);
  expect([...permissionsOf(['ADMIN'])].sort()).toEqual([...permissions].sort());
  expect(permissionsOf([]).size).toBe(0);
});
