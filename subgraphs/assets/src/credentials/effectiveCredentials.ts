import { requirePermission } from '@opsconductor/authz';
import { parseFilter } from '@opsconductor/target-filter';
import { Prisma } from '../../generated/prisma/client.ts';
import type { CredentialBinding } from '../../generated/prisma/client.ts';
import type { Context, Db } from '../context.ts';
import { conditionsSql } from '../filters/groupsOfFilter.ts';
import { sshKinds } from './kinds.ts';

const { sql, join } = Prisma;

/** Which credential signs in on a target over SSH: its own, or that of the binding that demands most. */
export interface EffectiveChoice {
  readonly credentialId: string;
  /** Null: the credential was given to the target itself. */
  readonly binding: CredentialBinding | null;
}

export async function findEffectiveChoice(
  { viewer, loaders }: Context,
  targetId: string,
): Promise<EffectiveChoice | null> {
  requirePermission(viewer, 'credential:read');
  return loaders.effectiveChoice.load(targetId);
}

/** At most three statements, however many targets and bindings there are. */
export async function findEffective(
  db: Pick<Db, 'credentialBinding' | 'targetGroup' | '$queryRaw'>,
  targetIds: readonly string[],
): Promise<ReadonlyMap<string, EffectiveChoice>> {
  const choice = await readBindings(db);
  const rows = await db.$queryRaw<{ id: string; credentialId: string | null; place: number | null }[]>`
    select t.id, t.credential_id as "credentialId", ${choice.placeSql} as place
    from targets t where t.id = any(${[...targetIds]}::uuid[]) and t.deleted_at is null`;
  return new Map(
    rows.flatMap(({ id, credentialId, place }): [string, EffectiveChoice][] => {
      if (credentialId !== null) return [[id, { credentialId, binding: null }]];
      const binding = place === null ? undefined : choice.bindings[place];
      return binding ? [[id, { credentialId: binding.credentialId, binding }]] : [];
    }),
  );
}

/** The condition of rows `t` of `targets` that have this credential in effect. */
export async function reachSql(
  db: Pick<Db, 'credentialBinding' | 'targetGroup'>,
  credentialId: string,
): Promise<Prisma.Sql> {
  const { bindings, placeSql } = await readBindings(db);
  const places = [...bindings.keys()].filter((place) => bindings[place]?.credentialId === credentialId);
  const own = sql`t.credential_id = ${credentialId}::uuid`;
  return places.length === 0 ? own : sql`(${own} or (t.credential_id is null and ${placeSql} in (${join(places)})))`;
}

/**
 * All bindings of credentials that sign in over SSH, and the place of the first that matches a row `t`. Those that demand
 * most come first, and of equals the newest; later ones are not even looked at.
 */
async function readBindings(db: Pick<Db, 'credentialBinding' | 'targetGroup'>) {
  const bindings = await db.credentialBinding.findMany({
    where: { credential: { kind: { in: [...sshKinds] } } },
    orderBy: [{ specificity: 'desc' }, { id: 'desc' }],
  });
  if (bindings.length === 0) return { bindings, placeSql: sql`null::int` };
  const conditions = await conditionsSql(
    db,
    bindings.map(({ filter }) => parseFilter(filter)),
  );
  const cases = conditions.map((condition, place) => sql`when ${condition} then ${place}::int`);
  return { bindings, placeSql: sql`case ${join(cases, ' ')} end` };
}
