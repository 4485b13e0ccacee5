import fc from 'fast-check';
import { FILTER_LIMITS, FilterFault, parseFilter, printFilter, specificityOf } from './index.ts';
import { filters } from './testing/arbitraries.ts';

test('what is printed parses to the same filter', () => {
  fc.assert(
    fc.property(filters, (filter) => {
      expect(parseFilter(printFilter(filter))).toEqual(filter);
    }),
    { numRuns: 1_000 },
  );
});

test('no text does anything but parse, or point into itself', () => {
  const fragment = fc.constantFrom(
    'env',
    '=',
    '!=',
    '~',
    ':',
    '(',
    ')',
    '"',
    '\\',
    ' and ',
    ' or ',
    'not ',
    'in',
    'x*',
    '[',
    '/a',
    ',',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(fragment).map((parts) => parts.join('')),
      ),
      (text) => {
        try {
          const filter = parseFilter(text);
          expect(parseFilter(printFilter(filter))).toEqual(filter);
        } catch (error) {
          if (!(error instanceof FilterFault)) throw error;
          expect(error.position).toBeGreaterThanOrEqual(0);
          expect(error.position).toBeLessThanOrEqual(text.length);
          expect(error.expected.length).toBeGreaterThan(0);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

test.each<[text: string, printed: string]>([
  [
    'env=prod and tag:web and not group:/dmz/legacy and name~"db-0[1-4]"',
    'env=prod and tag:web and not group:/dmz/legacy and name~"db-0[1-4]"',
  ],
  ['environment = prod', 'env=prod'],
  ['a=1 AND (b=2 or c=3)', 'a=1 and (b=2 or c=3)'],
  ['(a=1 and b=2) and c=3', 'a=1 and b=2 and c=3'],
  ['not (a=1 or b=2)', 'not (a=1 or b=2)'],
  ['env not in (prod, "two words")', 'not env in (prod, "two words")'],
  ['env in (prod)', 'env=prod'],
  ['not env=prod', 'env!=prod'],
  ['name!~^x', 'name!~"^x"'],
  ['tag=web', 'tag:web'],
  ['address=fd00::7', 'address:fd00::7'],
  ['label.env=a', 'label.env=a'],
  ['label.team=a', 'team=a'],
  ['label.and=a', 'label.and=a'],
  ['criticality >= HIGH', 'criticality>=high'],
  ['port<1024', 'port<1024'],
  ['attr.warranty < 2027-01-01', 'attr.warranty<2027-01-01'],
  ['has:owner and has:attr.x', 'has:owner and has:attr.x'],
  ['group:/dmz/', 'group:/dmz'],
  ['group=/', 'group=/'],
  ['name="a\\"b\\\\c"', 'name="a\\"b\\\\c"'],
  ['name=web-*', 'name=web-*'],
  ['name="web-*"', 'name="web-*"'],
  ['all', 'all'],
  ['a=and', 'a=and'],
])('%s', (text, printed) => {
  expect(printFilter(parseFilter(text))).toBe(printed);
});

test.each<[text: string, position: number, ...expected: string[]]>([
  ['', 0, 'a condition', 'not', '('],
  ['env', 3, '=', '~', 'in'],
  ['env=', 4, 'a value'],
  ['env=prod tag:web', 9, 'and', 'or', 'the end'],
  ['env=prod and', 12, 'a condition', 'not', '('],
  ['env=prod )', 9, 'and', 'or', 'the end'],
  ['(env=prod', 9, 'and', 'or', ')'],
  ['env>prod', 3, '=', '~', 'in'],
  ['env:prod', 3, '=', '~', 'in'],
  ['criticality=urgent', 12, 'low', 'medium', 'high', 'critical'],
  ['port=ssh', 5, 'a number'],
  ['id=web-1', 3, 'an id'],
  ['group:dmz', 6, 'the path of a group, such as /dmz/legacy'],
  ['group:/a//b', 9, 'the name of a group'],
  ['name="open', 10, '"'],
  ['name~"(a"', 8, ')'],
  ['name~"a**"', 8, 'one repetition, not two'],
  ['name~"(?=x)"', 7, 'a plain group'],
  ['name~"x{1,200}"', 10, 'a number up to 100'],
  ['env in prod', 7, '('],
  ['env in (a b)', 10, ',', ')'],
  ['and=x', 0, 'a field', 'a label'],
  ['label.=x', 0, 'a field', 'a label'],
  ['attr.x<soon', 7, 'a number', 'a date such as 2026-01-31'],
  ['name="nul\u0000"', 9, 'a printable character'],
  ['has web', 4, ':'],
])('%j points at %i', (text, position, ...expected) => {
  let fault: unknown;
  try {
    parseFilter(text);
  } catch (error) {
    fault = error;
  }
  expect(fault).toBeInstanceOf(FilterFault);
  expect(fault).toMatchObject({ position, expected });
  expect((fault as FilterFault).pointAt(text)).toContain(`\n${' '.repeat(position)}^`);
});

test.each([
  ['length', `name="${'x'.repeat(FILTER_LIMITS.characters)}"`],
  ['depth of brackets', `${'('.repeat(60)}a=1${')'.repeat(60)}`],
  ['depth of not', `${'not '.repeat(60)}a=1`],
  ['conditions', Array.from({ length: 501 }, () => 'a=1').join(' or ')],
  ['values', `a in (${Array.from({ length: 201 }, (_, index) => index).join(',')})`],
  ['one value', `a=${'x'.repeat(501)}`],
])('%s is bounded', (_what, text) => {
  expect(() => parseFilter(text)).toThrow(FilterFault);
});

test('the more is demanded, the more specific a filter is', () => {
  const order = ['all', 'env=prod', 'env=prod and tag:web', 'env=prod and tag:web and name=db-1'];
  expect(order.map((text) => specificityOf(parseFilter(text)))).toEqual([0, 1, 2, 3]);
  expect(specificityOf(parseFilter('(env=prod and tag:web) or env=test'))).toBe(1);
});
