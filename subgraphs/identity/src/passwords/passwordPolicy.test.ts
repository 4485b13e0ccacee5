import { InvalidInput } from '@opsconductor/subgraph';
import fc from 'fast-check';
import { checkNewPassword, isHashable } from './passwordPolicy.ts';

const owner = ['Grace Hopper', 'grace@navy.example'];

function refusalOf(password: string): string | undefined {
  try {
    checkNewPassword(password, owner);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidInput) return error.message;
    throw error;
  }
}

test.each([
  'sunset piano granite',
  'x7$kQ!m2#Lp9&vR',
  '#$%^&*()_+{}:"<>',
  'кот гуляет сам по себе',
  'Grace likes granite pianos',
])('%j is accepted', (password) => {
  expect(refusalOf(password)).toBeUndefined();
});

test.each([
  'passwordpassword',
  'Password-Password 1',
  'aaaaaaaaaaaaaaa',
  'abcabcabcabcabc',
  '123456789012345',
  '987654321098765',
  'abcdefghijklmnop',
  'QWERTYUIOP asdfgh',
  'Correct Horse Battery Staple',
  'opsconductor-admin',
  'grace.hopper.navy',
  'GraceHopper12345',
])('%j is among the first that are tried', (password) => {
  expect(refusalOf(password)).toMatch(/attacker/);
});

test('14 characters are too few, 15 are enough, composed or not', () => {
  const fourteen = 'sunset piano é'.normalize('NFD');
  expect(fourteen).toHaveLength(15);
  expect(refusalOf(fourteen)).toMatch(/at least 15/);
  expect(refusalOf(`${fourteen}!`)).toBeUndefined();
});

test('1,024 bytes are the most', () => {
  const words = 'sunset piano granite '.repeat(60).slice(0, 1_020);
  expect(refusalOf(`${words}ü12`)).toBeUndefined();
  expect(refusalOf(`${words}ü123`)).toMatch(/at most 1024 bytes/);
  expect(isHashable('x'.repeat(1_000_000))).toBe(false);
});

test('no text makes the check fail in any other way', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (password) => {
      const refusal = refusalOf(password);
      expect(refusal === undefined || refusal.length > 0).toBe(true);
    }),
  );
});
