import { kindOf, toPortablePattern } from '@opsconductor/target-filter';
import type { Comparison, Condition, Filter, FieldName, Test } from '@opsconductor/target-filter';
import { Prisma } from '../../generated/prisma/client.ts';
import type { GroupsOfFilter } from './groupsOfFilter.ts';

type Sql = Prisma.Sql;
const { sql, join, raw } = Prisma;

/**
 * The condition that a row `t` of `targets` has to meet. Values are parameters, always; what may be null is never true.
 * @param groups what the groups that the filter names are made of
 */
export function filterSql(filter: Filter, groups: GroupsOfFilter): Sql {
  switch (filter.kind) {
    case 'all':
      return sql`true`;
    case 'and':
      return sql`(${join(
        filter.of.map((each) => filterSql(each, groups)),
        ' and ',
      )})`;
    case 'or':
      return sql`(${join(
        filter.of.map((each) => filterSql(each, groups)),
        ' or ',
      )})`;
    case 'not':
      return sql`(${filterSql(filter.of, groups)} is not true)`;
    case 'condition':
      return conditionSql(filter, groups);
  }
}

const columns = {
  name: sql`t.name`,
  os: sql`t.os`,
  description: sql`t.description`,
  env: sql`t.environment`,
  owner: sql`t.owner`,
  datacenter: sql`t.datacenter`,
  rack: sql`t.rack`,
  serial: sql`t.serial`,
  contract: sql`t.contract`,
} as const satisfies Partial<Record<FieldName, Sql>>;

function conditionSql({ subject, test }: Condition, groups: GroupsOfFilter): Sql {
  if ('key' in subject)
    return subject.field === 'label'
      ? sql`exists (select 1 from target_labels l where l.target_id = t.id and l.key = ${subject.key}
          and ${textSql(sql`l.value`, test)})`
      : sql`exists (select 1 from target_attributes a where a.target_id = t.id and a.key = ${subject.key}
          and ${attributeSql(test)})`;
  switch (subject.field) {
    case 'id':
      return idSql(test);
    case 'address':
      return addressSql(test);
    case 'tag':
      return tagSql(test);
    case 'service':
      return sql`exists (select 1 from target_services s where s.target_id = t.id
        and ${textSql(sql`s.definition`, test)})`;
    case 'port':
      return numberSql(sql`t.port`, test);
    case 'criticality':
      return choiceSql(sql`t.criticality`, 'criticality', test);
    case 'state':
      return choiceSql(sql`t.reachability`, 'reachability', test);
    case 'hostkey':
      return choiceSql(sql`t.host_key_state`, 'host_key_state', test);
    case 'group':
      return groupSql(test, groups);
    default:
      return textSql(columns[subject.field], test);
  }
}

function textSql(column: Sql, test: Test): Sql {
  switch (test.operator) {
    case 'equals':
      return sql`${column} = ${test.value}`;
    case 'oneOf':
      return sql`${column} in (${join(test.values)})`;
    case 'like':
      return sql`${column} like ${likePattern(test.pattern)}`;
    case 'matches':
      return sql`${column} ~ ${toPortablePattern(test.pattern)}`;
    case 'exists':
      return sql`${column} is not null`;
    default:
      return impossible(test);
  }
}

function idSql(test: Test): Sql {
  if (test.operator === 'exists') return sql`true`;
  const ids = test.operator === 'oneOf' ? test.values : test.operator === 'equals' ? [test.value] : impossible(test);
  return sql`t.id in (${join(ids.map((id) => sql`${id}::uuid`))})`;
}

/** Whole addresses are found by index: with a plain `or`, PostgreSQL goes through the names instead. */
function addressSql(test: Test): Sql {
  if (test.operator === 'exists') return sql`true`;
  if (test.operator === 'equals')
    return sql`t.id in (select id from targets where address = ${test.value}
      union all select id from targets where other_addresses @> array[${test.value}])`;
  return sql`(${textSql(sql`t.address`, test)} or exists
    (select 1 from unnest(t.other_addresses) as other(address) where ${textSql(sql`other.address`, test)}))`;
}

/** Whole tags are found by index. */
function tagSql(test: Test): Sql {
  if (test.operator === 'exists') return sql`t.tags <> '{}'`;
  if (test.operator === 'equals') return sql`t.tags @> array[${test.value}]`;
  if (test.operator === 'oneOf') return sql`t.tags && array[${join(test.values)}]`;
  return sql`exists (select 1 from unnest(t.tags) as each(tag) where ${textSql(sql`each.tag`, test)})`;
}

const signs: Record<Comparison, Sql> = {
  less: raw('<'),
  atMost: raw('<='),
  more: raw('>'),
  atLeast: raw('>='),
};

function numberSql(column: Sql, test: Test): Sql {
  if (test.operator === 'exists') return sql`${column} is not null`;
  if (test.operator === 'oneOf') return sql`${column} in (${join(test.values.map(Number))})`;
  if (test.operator === 'equals') return sql`${column} = ${Number(test.value)}`;
  if (!isComparison(test)) return impossible(test);
  return sql`${column} ${signs[test.operator]} ${Number(test.value)}`;
}

/** An enum of PostgreSQL: its values compare in the order of their declaration. */
function choiceSql(column: Sql, type: string, test: Test): Sql {
  const value = (word: string) => sql`${word.toUpperCase()}::${raw(type)}`;
  if (test.operator === 'exists') return sql`${column} is not null`;
  if (test.operator === 'oneOf') return sql`${column} in (${join(test.values.map(value))})`;
  if (test.operator === 'equals') return sql`${column} = ${value(test.value)}`;
  if (!isComparison(test)) return impossible(test);
  return sql`${column} ${signs[test.operator]} ${value(test.value)}`;
}

function attributeSql(test: Test): Sql {
  if (!isComparison(test)) return textSql(sql`a.text`, test);
  const number = Number(test.value);
  return Number.isNaN(number)
    ? sql`a.date ${signs[test.operator]} ${test.value}::date`
    : sql`a.number ${signs[test.operator]} ${number}`;
}

function groupSql(test: Test, groups: GroupsOfFilter): Sql {
  const meant =
    test.operator === 'exists'
      ? groups.below('/')
      : test.operator === 'under'
        ? groups.below(test.value)
        : test.operator === 'equals'
          ? groups.at(test.value)
          : impossible(test);
  const ids = meant.map(({ id }) => sql`${id}::uuid`);
  const dynamic = meant.flatMap(({ filter }) => (filter ? [filterSql(filter, groups)] : []));
  if (ids.length === 0) return sql`false`;
  return sql`(${join(
    [sql`exists (select 1 from group_members m where m.target_id = t.id and m.group_id in (${join(ids)}))`, ...dynamic],
    ' or ',
  )})`;
}

function isComparison(test: Test): test is Extract<Test, { operator: Comparison }> {
  return test.operator in signs;
}

/** `*` and `?` become % and _; those of LIKE itself are characters. */
function likePattern(glob: string): string {
  return glob
    .replace(/[\\%_]/g, '\\$&')
    .replaceAll('*', '%')
    .replaceAll('?', '_');
}

/** No condition that the filter language makes comes here: its fields take the signs of their kind only. */
function impossible(test: Test): never {
  throw new TypeError(`${test.operator} says nothing about this field.`);
}

/** Whether a filter speaks of groups. */
export function namesGroups(filter: Filter): boolean {
  switch (filter.kind) {
    case 'all':
      return false;
    case 'not':
      return namesGroups(filter.of);
    case 'condition':
      return kindOf(filter.subject).kind === 'path';
    default:
      return filter.of.some(namesGroups);
  }
}
