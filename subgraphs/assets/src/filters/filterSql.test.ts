/** Invariant I5 of the filter language: memory and database give the same answer. */
import fc from 'fast-check';
import { compileFilter, parseFilter } from '@opsconductor/target-filter';
import type { FilterTarget } from '@opsconductor/target-filter';
import { createWorld } from '../testing/world.ts';
import type { World } from '../testing/world.ts';
import { conditionSql } from './groupsOfFilter.ts';

let world: World;
let fleet: readonly FilterTarget[];
beforeAll(async () => {
  world = await createWorld();
  fleet = await seed();
});
afterAll(() => world.close());

const pick = <Value>(values: readonly Value[], at: number): Value => values[at % values.length]!;

/** 60 targets that differ in everything that a filter can speak of. */
async function seed(): Promise<FilterTarget[]> {
  const groups = [
    ['/dmz', null],
    ['/dmz/legacy', null],
    ['/dmz%', null],
    ['/big', 'attr.cores>=8 or tag:web'],
  ] as const;
  await world.prisma.targetGroup.createMany({
    data: groups.map(([path, filter]) => ({ name: path.split('/').at(-1)!, path, filter })),
  });
  const ids = new Map((await world.prisma.targetGroup.findMany()).map(({ path, id }) => [path, id]));
  const targets: FilterTarget[] = [];
  for (let at = 0; at < 60; at += 1) {
    const isBig = at % 4 === 3 || at % 3 === 1;
    const attributes = {
      ...(at % 4 > 0 && { cores: at % 4 === 3 ? 8 : 2 }),
      ...(at % 2 && { until: `2027-0${1 + (at % 9)}-01` }),
    };
    const group = pick([[], ['/dmz'], ['/dmz/legacy'], ['/dmz%', '/dmz']], at);
    const target = {
      name: `db-0${at % 10}${pick(['', '%', '_x', '.ä'], at)}${at}`,
      address: [`10.0.0.${at}`, ...(at % 5 ? [] : [`fd00::${at}`])],
      os: pick([null, 'Debian 13', 'Windows'], at),
      description: null,
      env: pick([null, 'prod', 'test'], at),
      owner: pick(['ops', null], at),
      criticality: pick([null, 'low', 'medium', 'high', 'critical'], at),
      port: pick([22, 2222], at),
      tag: pick([[], ['web', 'blue'], ['db']], at),
      service: pick([[], ['ssh'], ['ssh', 'http']], at),
      state: pick(['unknown', 'reachable'], at),
      hostkey: pick(['unverified', 'pinned', 'changed'], at),
      datacenter: pick([null, 'ber'], at),
      rack: null,
      serial: null,
      contract: null,
      labels: pick<Record<string, string>>([{}, { team: 'ops' }, { team: '', 'a/b': 'x y' }], at),
      attributes,
    };
    const { id } = await world.prisma.target.create({
      data: {
        name: target.name,
        address: target.address[0]!,
        otherAddresses: target.address.slice(1),
        os: target.os,
        environment: target.env,
        owner: target.owner,
        criticality: (target.criticality?.toUpperCase() ?? null) as 'LOW' | null,
        port: target.port,
        tags: target.tag,
        reachability: target.state.toUpperCase() as 'UNKNOWN',
        hostKeyState: target.hostkey.toUpperCase() as 'PINNED',
        datacenter: target.datacenter,
        hostKeyPolicy: 'STRICT',
        services: {
          create: target.service.map((definition, index) => ({ definition, port: 22, isDefault: index === 0 })),
        },
        labels: { create: Object.entries(target.labels).map(([key, value]) => ({ key, value })) },
        attributes: {
          create: Object.entries(attributes).map(([key, value]) =>
            typeof value === 'number'
              ? { key, type: 'NUMBER' as const, text: String(value), number: value }
              : { key, type: 'DATE' as const, text: value, date: new Date(value) },
          ),
        },
        memberships: { create: group.map((path) => ({ groupId: ids.get(path)! })) },
      },
    });
    targets.push({ ...target, id, group: isBig ? [...group, '/big'] : group });
  }
  return targets;
}

const condition = fc.constantFrom(
  ...['all', 'name~"db-0[1-4]"', 'name~"\\.ä"', 'name~^db-\\d\\d%', 'name=db-0?_x*', 'name=*%*', 'name~"[^0-9a-z]."'],
  ...[
    'address:10.0.0.7',
    'address:fd00*',
    'address~"\\.1."',
    'os~Deb',
    'os!=Windows',
    'env=prod',
    'env in (prod, test)',
  ],
  ...['has:env', 'has:os', 'owner=ops', 'criticality>=high', 'criticality<medium', 'criticality in (low, critical)'],
  ...['port<1024', 'port=2222', 'port in (22, 23)', 'tag:web', 'tag:w*', 'tag in (db, blue)', 'tag~^b', 'has:tag'],
  ...['service:http', 'has:service', 'state=reachable', 'hostkey in (pinned, changed)', 'datacenter=ber', 'has:rack'],
  ...['team=ops', 'team=""', 'has:team', 'label.a/b="x y"', 'team~^o', 'attr.cores>=8', 'attr.cores=2', 'attr.cores<8'],
  ...['attr.until<2027-05-01', 'attr.until>=2027-05-01', 'attr.cores<2027-05-01', 'attr.until<5', 'has:attr.until'],
  ...['group:/dmz', 'group=/dmz', 'group:/', 'group:/dmz/legacy', 'group:/big', 'group:/nowhere', 'has:group'],
);
const texts = fc.letrec<{ text: string }>((tie) => ({
  text: fc.oneof(
    { maxDepth: 3 },
    condition,
    tie('text').map((text) => `not (${text})`),
    fc
      .tuple(tie('text'), fc.constantFrom('and', 'or'), tie('text'))
      .map(([left, word, right]) => `(${left}) ${word} (${right})`),
  ),
})).text;

test('memory and database give the same answer', async () => {
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      const filter = parseFilter(text);
      const rows = await world.prisma.$queryRaw<{ id: string }[]>`
        select t.id from targets t where ${await conditionSql(world.prisma, filter)}`;
      expect(rows.map(({ id }) => id).sort()).toEqual(
        fleet
          .filter(compileFilter(filter))
          .map(({ id }) => id)
          .sort(),
      );
    }),
    { numRuns: 400 },
  );
});

test.each(["'; drop table targets; --", '$1', '\\', "' or true --", '%', '_', '{1,2}', 'a,b', '"'])(
  'the value %j is a value',
  async (value) => {
    const quoted = JSON.stringify(value);
    for (const text of [
      `name=${quoted}`,
      `tag:${quoted}`,
      `team in (${quoted}, x)`,
      `attr.cores=${quoted}`,
      `address:${quoted}`,
    ])
      expect(
        await world.prisma.$queryRaw`
          select t.id from targets t where ${await conditionSql(world.prisma, parseFilter(text))}`,
      ).toEqual([]);
  },
);
