import { parse } from 'graphql';
import { requirePlainRoots } from './subscriptionRoots.ts';

test.each([
  'subscription { job(id: 1) @skip(if: true) { name } }',
  'subscription ($no: Boolean!) { job(id: 1) @include(if: $no) { name } }',
  'subscription { ... @include(if: false) { job(id: 1) { name } } }',
  'subscription { ...Root } fragment Root on Subscription { ... { job(id: 1) @skip(if: true) { name } } }',
  'query A { ping } subscription B($no: Boolean!) { job(id: 1) @skip(if: $no) { name } }',
])('%s is refused', (source) => {
  expect(() => requirePlainRoots(parse(source))).toThrow('The root field of a subscription takes no directives.');
});

test.each([
  'subscription { job(id: 1) { name @skip(if: true) } }',
  'query ($no: Boolean!) { job(id: 1) @skip(if: $no) { name } }',
  'subscription { ...Root ...Missing } fragment Root on Subscription { ...Root job(id: 1) { name } }',
])('%s is none of its business', (source) => {
  expect(() => requirePlainRoots(parse(source))).not.toThrow();
});
