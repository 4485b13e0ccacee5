import { compileFilter, parseFilter, readFilterTree } from './index.ts';
import type { FilterTarget, FilterTree } from './index.ts';

const target: FilterTarget = {
  id: '0199a5b0-0000-7000-8000-000000000001',
  name: 'db-03',
  address: ['10.0.0.7', 'fd00::7'],
  os: 'Debian 13',
  description: null,
  env: 'prod',
  owner: null,
  criticality: 'high',
  port: 2222,
  tag: ['web', 'blue'],
  service: ['ssh', 'postgresql'],
  group: ['/dmz/legacy'],
  state: 'unknown',
  hostkey: 'pinned',
  datacenter: 'ber-1',
  rack: null,
  serial: null,
  contract: null,
  labels: { team: 'ops', env: 'label' },
  attributes: { cores: 8, warranty: '2027-06-30', managed: true },
};

test.each<[text: string, matches: boolean]>([
  ['all', true],
  ['name~"db-0[1-4]"', true],
  ['name~"db-0[5-9]"', false],
  ['name=db-*', true],
  ['name=db-0?', true],
  ['name=db', false],
  ['name="db-*"', false],
  ['name!=db-03', false],
  ['address:fd00::7', true],
  ['env=prod and tag:web', true],
  ['env=test or tag:blue', true],
  ['not tag:green', true],
  ['owner=ops', false],
  ['owner!=ops', true],
  ['has:owner', false],
  ['has:tag', true],
  ['team in (ops, dev)', true],
  ['label.env=label', true],
  ['missing!=x', true],
  ['toString=x', false],
  ['has:constructor', false],
  ['criticality>=high', true],
  ['criticality<high', false],
  ['port>1024', true],
  ['group:/', true],
  ['group:/dmz', true],
  ['group:/dmz/leg', false],
  ['group=/dmz', false],
  ['group=/dmz/legacy', true],
  ['attr.cores>=8', true],
  ['attr.cores=8', true],
  ['attr.warranty<2028-01-01', true],
  ['attr.warranty<5', false],
  ['attr.managed=true', true],
  ['attr.none<5', false],
  ['hostkey=pinned and state=unknown', true],
])('%s: %s', (text, matches) => {
  expect(compileFilter(parseFilter(text))(target)).toBe(matches);
});

test('a tree says the same as the text', () => {
  const tree: FilterTree = {
    all: [
      { condition: { field: 'env', operator: 'EQUALS', values: ['prod', 'stage'] } },
      { condition: { field: 'tag', operator: 'LIKE', values: ['w*'] } },
      { not: { condition: { field: 'group', operator: 'UNDER', values: ['/dmz/legacy'] } } },
      {
        any: [
          { condition: { field: 'label.team', operator: 'EXISTS' } },
          { condition: { field: 'port', operator: 'LESS', values: ['1024'] } },
        ],
      },
    ],
  };
  expect(readFilterTree(tree)).toEqual(
    parseFilter('env in (prod, stage) and tag:w* and not group:/dmz/legacy and (has:team or port<1024)'),
  );
});

test.each<[what: string, tree: FilterTree]>([
  ['nothing', {}],
  ['two at once', { all: [], any: [] }],
  ['an empty list', { all: [] }],
  ['no value', { condition: { field: 'env', operator: 'EQUALS', values: [] } }],
  ['two patterns', { condition: { field: 'env', operator: 'MATCHES', values: ['a', 'b'] } }],
  ['no field', { condition: { field: 'a b', operator: 'EXISTS' } }],
  ['a pattern with a bracket', { condition: { field: 'env', operator: 'LIKE', values: ['a*)'] } }],
  ['UNDER of a text', { condition: { field: 'tag', operator: 'UNDER', values: ['a'] } }],
])('a tree of %s is refused', (_what, tree) => {
  expect(() => readFilterTree(tree)).toThrow('expected');
});
