import { requirePermission } from '@opsconductor/authz';
import { BadUserInput, isId, readPage } from '@opsconductor/subgraph';
import type { Connection, PageArguments } from '@opsconductor/subgraph';
import type { TargetChange } from '../../generated/prisma/client.ts';
import type { Context, Db } from '../context.ts';

const PAGE_LIMIT = 100;

/** What one field was before and is now, as text; null: nothing. */
export type FieldChange = { field: string; before: string | null; after: string | null };

/** What a target is like, field by field, as text. */
export type Description = Readonly<Record<string, string | null>>;

export async function readDescription(db: Db, id: string): Promise<Description> {
  const target = await db.target.findUniqueOrThrow({
    where: { id },
    include: { labels: true, attributes: true, services: true },
  });
  const { labels, attributes, services, otherAddresses, tags, port, ...row } = target;
  const sorted = (texts: string[]) => (texts.length > 0 ? JSON.stringify(texts.sort()) : null);
  return {
    name: row.name,
    address: row.address,
    otherAddresses: sorted(otherAddresses),
    port: String(port),
    services: sorted(services.map((each) => `${each.definition}:${each.port}${each.isDefault ? ' default' : ''}`)),
    os: row.os,
    description: row.description,
    environment: row.environment,
    owner: row.owner,
    criticality: row.criticality,
    labels: sorted(labels.map(({ key, value }) => `${key}=${value}`)),
    tags: sorted(tags),
    attributes: sorted(attributes.map(({ key, text }) => `${key}=${text}`)),
    credentialId: row.credentialId,
    hostKeyPolicy: row.hostKeyPolicy,
    'hardware.vendor': row.vendor,
    'hardware.model': row.model,
    'hardware.serial': row.serial,
    'hardware.assetTag': row.assetTag,
    'hardware.contract': row.contract,
    'location.datacenter': row.datacenter,
    'location.room': row.room,
    'location.rack': row.rack,
    'location.rackPosition': row.rackPosition,
  };
}

export function differencesOf(before: Description, after: Description): FieldChange[] {
  return Object.keys(after)
    .filter((field) => before[field] !== after[field])
    .map((field) => ({ field, before: before[field] ?? null, after: after[field] ?? null }));
}

/**
 * Newest first.
 * @throws {BadUserInput} a page that is none
 */
export async function listChanges(
  { viewer, prisma }: Context,
  targetId: string,
  page: PageArguments,
): Promise<Connection<TargetChange>> {
  requirePermission(viewer, 'target:read');
  return readPage(
    page,
    PAGE_LIMIT,
    ({ id }) => [id],
    (after, take) =>
      prisma.targetChange.findMany({
        where: { targetId, ...(after && { id: { lt: readKey(after) } }) },
        orderBy: { id: 'desc' },
        take,
      }),
  );
}

function readKey([id]: readonly (string | number)[]): string {
  if (typeof id !== 'string' || !isId(id)) throw new BadUserInput('after is not a cursor of this list.');
  return id;
}
