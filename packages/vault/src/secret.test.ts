import { inspect } from 'node:util';
import { Secret } from './index.ts';

const value = 'correct horse battery staple';
const secret = Secret.from(value);

test('reveal gives the value back', () => {
  expect(secret.reveal()).toBe(value);
});

test.each<[string, string]>([
  ['String', String(secret)],
  ['a template literal', `${secret as unknown as string}`],
  ['concatenation', '' + (secret as unknown as string)],
  ['JSON', JSON.stringify({ secret })],
  ['inspect', inspect({ secret }, { depth: Infinity, showHidden: true })],
  ['a spread copy', JSON.stringify({ ...secret })],
  ['a structured clone', JSON.stringify(structuredClone(secret))],
  ['the message of an error', String(new Error(`cannot use ${secret as unknown as string}`))],
])('%s does not show the value', (_way, shown) => {
  expect(shown).not.toContain('horse');
});

test('String, JSON and inspect say what it is', () => {
  expect([String(secret), JSON.stringify(secret), inspect(secret)]).toEqual(['[secret]', '"[secret]"', '[secret]']);
});
