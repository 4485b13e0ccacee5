import { generateSigningKey, publicPart } from './signingKey.ts';
import { AssertionRejected, createAssertionSigner, createAssertionVerifier } from './assertion.ts';
import { anonymous } from './viewer.ts';
import type { UserViewer } from './viewer.ts';

const key = generateSigningKey();
const now = Date.UTC(2026, 0, 1);
const viewer: UserViewer = {
  kind: 'user',
  userId: '0199aaaa-0000-7000-8000-000000000001',
  sessionId: '0199aaaa-0000-7000-8000-000000000002',
  permissions: new Set(['target:read', 'execution:start']),
  expiresAt: new Date(now + 300_000),
};
const sign = createAssertionSigner(key, 'router', () => now);
const trusted = [{ issuer: 'router', jwk: publicPart(key) }];
const verifyAt = (at: number) => createAssertionVerifier(trusted, 'assets', () => at);
const header = sign('assets', '{"query":"{a}"}', { viewer, requestId: 'r1' });
const rejected = (run: () => unknown) => expect(run).toThrow(AssertionRejected);

test('what was signed is what is read', () => {
  expect(verifyAt(now)(header, '{"query":"{a}"}')).toEqual({ issuer: 'router', viewer, requestId: 'r1' });
  const stranger = { kind: 'anonymous', clientAddress: '203.0.113.9' } as const;
  const fromThere = sign('assets', '', { viewer: stranger, requestId: 'r3' });
  expect(verifyAt(now)(fromThere, '').viewer).toEqual(stranger);
  const nobody = sign('assets', '', { viewer: anonymous, requestId: 'r2' });
  expect(verifyAt(now)(nobody, Buffer.alloc(0))).toEqual({ issuer: 'router', viewer: anonymous, requestId: 'r2' });
});

test('nothing but an assertion for this part, this body and this moment is accepted', () => {
  const verify = verifyAt(now);
  rejected(() => verify(undefined, ''));
  rejected(() => verify('', ''));
  rejected(() => verify(header, '{"query":"{b}"}'));
  rejected(() => verify(`${header}.x`, '{"query":"{a}"}'));
  rejected(() => verify(header.slice(0, -3), '{"query":"{a}"}'));
  rejected(() => verify('not.a.token', ''));
  rejected(() => verifyAt(now + 36_000)(header, '{"query":"{a}"}'));
  rejected(() => verifyAt(now - 6_000)(header, '{"query":"{a}"}'));
  rejected(() => createAssertionVerifier(trusted, 'identity', () => now)(header, '{"query":"{a}"}'));
});

test('a key speaks for its own issuer only', () => {
  const asExecutor = createAssertionSigner(key, 'executor', () => now)('assets', '', { viewer, requestId: 'r' });
  rejected(() => verifyAt(now)(asExecutor, ''));
  const stranger = createAssertionSigner(generateSigningKey(), 'router', () => now)('assets', '', {
    viewer,
    requestId: 'r',
  });
  rejected(() => verifyAt(now)(stranger, ''));
});

test('changed claims, another algorithm and an access token are refused', () => {
  const [head = '', claims = '', signature = ''] = header.split('.');
  const withClaims = (change: object) => {
    const changed = { ...(JSON.parse(Buffer.from(claims, 'base64url').toString()) as object), ...change };
    return `${head}.${Buffer.from(JSON.stringify(changed)).toString('base64url')}.${signature}`;
  };
  const withHeader = (change: object) => {
    const changed = { ...(JSON.parse(Buffer.from(head, 'base64url').toString()) as object), ...change };
    return `${Buffer.from(JSON.stringify(changed)).toString('base64url')}.${claims}.${signature}`;
  };
  const body = '{"query":"{a}"}';
  rejected(() => verifyAt(now)(withClaims({ scope: 'user:write' }), body));
  rejected(() => verifyAt(now)(withHeader({ alg: 'none' }), body));
  rejected(() => verifyAt(now)(withHeader({ alg: 'HS256' }), body));
  rejected(() => verifyAt(now)(withHeader({ typ: 'at+jwt' }), body));
});
