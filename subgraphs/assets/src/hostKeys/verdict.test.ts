import fc from 'fast-check';
import { judge } from './verdict.ts';

const policy = fc.constantFrom('STRICT' as const, 'TRUST_ON_FIRST_USE' as const);
const publicKey = fc.constantFrom('ed25519-a', 'ed25519-b', 'ecdsa-a', 'rsa-a');
const revokedAt = fc.constantFrom(null, new Date(0));
const known = fc.uniqueArray(fc.record({ publicKey, revokedAt }), { selector: (key) => key.publicKey });

test('a key is accepted when it is pinned and not revoked, and never otherwise', () => {
  fc.assert(
    fc.property(policy, known, publicKey, (policy, known, presented) => {
      const isPinned = known.some((key) => key.publicKey === presented && !key.revokedAt);
      expect(judge(policy, known, presented) === 'ACCEPTED').toBe(isPinned);
    }),
  );
});

test('first use happens once in the life of a target, and only where the policy says so', () => {
  fc.assert(
    fc.property(policy, known, publicKey, (policy, known, presented) => {
      const isFirstUse = policy === 'TRUST_ON_FIRST_USE' && known.length === 0;
      expect(judge(policy, known, presented) === 'FIRST_USE').toBe(isFirstUse);
    }),
  );
});

test('why a key is not trusted', () => {
  const pinned = { publicKey: 'ed25519-a', revokedAt: null };
  const revoked = { publicKey: 'ed25519-b', revokedAt: new Date(0) };
  expect(judge('STRICT', [], 'ed25519-a')).toBe('NOT_PINNED');
  expect(judge('STRICT', [pinned, revoked], 'ed25519-b')).toBe('REVOKED');
  expect(judge('TRUST_ON_FIRST_USE', [revoked], 'ed25519-b')).toBe('REVOKED');
  expect(judge('TRUST_ON_FIRST_USE', [pinned], 'rsa-a')).toBe('CHANGED');
  expect(judge('TRUST_ON_FIRST_USE', [revoked], 'rsa-a')).toBe('CHANGED');
});
