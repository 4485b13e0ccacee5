import { requirePermission } from '@opsconductor/authz';
import { BadUserInput, InvalidInput } from '@opsconductor/subgraph';
import { everything } from '@opsconductor/target-filter';
import type { ImportKnownHostsInput, KnownHostsOutcome } from '../../generated/graphql.ts';
import { Prisma } from '../../generated/prisma/client.ts';
import type { Context, Db } from '../context.ts';
import { conditionSql } from '../filters/groupsOfFilter.ts';
import { readFilterArgument } from '../filters/readFilter.ts';
import { TARGETS_TOPIC } from '../targets/topics.ts';
import { refreshHostKeyState } from './hostKeyState.ts';
import { hostText, parseKnownHosts, writeLine } from './knownHostsFile.ts';
import type { KnownHostsEntry } from './knownHostsFile.ts';

const FILE_BYTES = 1024 * 1024;
const EXPORT_LIMIT = 5_000;
/** Lines with patterns or hashes are held against every target. */
const COMPARISONS = 5_000_000;
const CHANGES = 5_000;

export interface ReportedLine {
  readonly line: number;
  readonly outcome: KnownHostsOutcome;
  readonly targetCount: number;
}

export interface ImportedKnownHosts {
  readonly pinned: number;
  readonly revoked: number;
  readonly lines: readonly ReportedLine[];
}

/**
 * Pins and revokes what a file says, all of it or nothing. A revoked key is not trusted again by a file.
 * @throws {InvalidInput} the file is too large, or too much work
 */
export async function importKnownHosts(
  context: Context,
  { text, dryRun }: ImportKnownHostsInput,
): Promise<ImportedKnownHosts> {
  const { userId } = requirePermission(context.viewer, 'target:write');
  const { transact, requestId, clock, loaders } = context;
  if (Buffer.byteLength(text) > FILE_BYTES) throw new InvalidInput('text', 'A file has at most 1 MiB.');
  const entries = parseKnownHosts(text);
  const imported = await transact(async (unit) => {
    const plan = await planImport(unit.db, entries);
    const { pins, revocations } = plan;
    if (pins.length + revocations.length > CHANGES)
      throw new InvalidInput('text', `A file changes at most ${CHANGES} keys.`);
    const summary = { pinned: pins.length, revoked: revocations.length, lines: plan.lines };
    if (dryRun || pins.length + revocations.length === 0) return summary;
    await writeKeys(unit.db, plan, clock());
    unit.emit({
      type: 'assets.hostKeys.imported',
      actorId: userId,
      requestId,
      subject: { type: 'knownHosts', id: requestId },
      data: { pinned: pins.length, revoked: revocations.length, lines: entries.length },
    });
    unit.wake(TARGETS_TOPIC);
    return summary;
  });
  for (const loader of [loaders.target, loaders.hostKeys]) loader.clearAll();
  return imported;
}

/** @throws {BadUserInput} a filter that is none, or one that matches too many targets */
export async function exportKnownHosts({ viewer, prisma }: Context, filter?: string | null): Promise<string> {
  requirePermission(viewer, 'target:read');
  const condition = await conditionSql(prisma, readFilterArgument({ expression: filter }) ?? everything);
  const rows = await prisma.$queryRaw<ExportRow[]>`
    select t.address, t.other_addresses as "otherAddresses", t.port, k.algorithm, k.public_key as "publicKey",
      k.revoked_at is not null as "isRevoked"
    from (select * from targets t where t.deleted_at is null and ${condition} order by t.name limit ${EXPORT_LIMIT + 1}) t
    left join host_keys k on k.target_id = t.id order by t.name, t.id, k.id`;
  if (new Set(rows.map(({ address, port }) => `${address} ${port}`)).size > EXPORT_LIMIT)
    throw new BadUserInput(`filter: at most ${EXPORT_LIMIT} targets are exported at once.`);
  const lines = rows.flatMap(({ address, otherAddresses, port, algorithm, publicKey, isRevoked }) =>
    algorithm === null || publicKey === null
      ? []
      : [
          writeLine([address, ...otherAddresses].map((each) => hostText(each, port)).join(','), {
            algorithm,
            publicKey,
            isRevoked,
          }),
        ],
  );
  return lines.map((line) => `${line}\n`).join('');
}

interface ExportRow {
  readonly address: string;
  readonly otherAddresses: string[];
  readonly port: number;
  readonly algorithm: string | null;
  readonly publicKey: string | null;
  readonly isRevoked: boolean;
}

type KeyEntry = Extract<KnownHostsEntry, { kind: 'key' }>;

interface Plan {
  readonly lines: ReportedLine[];
  readonly pins: { targetId: string; entry: KeyEntry }[];
  readonly revocations: { targetId: string; entry: KeyEntry }[];
}

/** What each line would change, given what the lines before it change. */
async function planImport(db: Db, entries: readonly KnownHostsEntry[]): Promise<Plan> {
  const find = await createFinder(db, entries);
  const keys = await db.hostKey.findMany({ select: { targetId: true, fingerprint: true, revokedAt: true } });
  const known = new Map(keys.map((key) => [placeOf(key.targetId, key.fingerprint), key.revokedAt !== null]));
  const plan: Plan = { lines: [], pins: [], revocations: [] };
  for (const entry of entries) {
    const { line } = entry;
    if (entry.kind !== 'key') {
      const outcome = entry.kind === 'unreadable' ? 'UNREADABLE' : 'CERTIFICATE_AUTHORITY';
      plan.lines.push({ line, outcome, targetCount: 0 });
      continue;
    }
    const targets = find(entry);
    const changed = targets.filter((targetId) => {
      const wasRevoked = known.get(placeOf(targetId, entry.key.fingerprint));
      return entry.isRevoked ? wasRevoked !== true : wasRevoked === undefined;
    });
    for (const targetId of changed) known.set(placeOf(targetId, entry.key.fingerprint), entry.isRevoked);
    (entry.isRevoked ? plan.revocations : plan.pins).push(...changed.map((targetId) => ({ targetId, entry })));
    const did = changed.length > 0 ? (entry.isRevoked ? 'REVOKED' : 'PINNED') : 'UNCHANGED';
    plan.lines.push({ line, outcome: targets.length === 0 ? 'NO_TARGET' : did, targetCount: targets.length });
  }
  return plan;
}

/** @returns finds the targets that a line speaks of @throws {InvalidInput} it would take too long */
async function createFinder(db: Db, entries: readonly KnownHostsEntry[]): Promise<(entry: KeyEntry) => string[]> {
  const rows = await db.target.findMany({
    where: { deletedAt: null },
    select: { id: true, address: true, otherAddresses: true, port: true },
  });
  const hosts = rows.flatMap(({ id, address, otherAddresses, port }) =>
    [address, ...otherAddresses].map((each) => ({ id, host: hostText(each, port) })),
  );
  const byHost = Map.groupBy(hosts, ({ host }) => host);
  const searches = entries.filter((entry) => entry.kind === 'key' && !entry.matches.exact).length;
  if (searches * hosts.length > COMPARISONS)
    throw new InvalidInput('text', 'These are too many hashed hosts and patterns for so many targets: split the file.');
  return ({ matches }) => {
    const found = matches.exact
      ? matches.exact.flatMap((host) => byHost.get(host) ?? [])
      : hosts.filter(({ host }) => matches.test(host));
    return [...new Set(found.map(({ id }) => id))];
  };
}

async function writeKeys(db: Db, { pins, revocations }: Plan, now: Date): Promise<void> {
  const rowOf = ({ targetId, entry: { key } }: Plan['pins'][number]) => ({
    targetId,
    ...key,
    origin: 'OPERATOR' as const,
    pinnedAt: now,
  });
  await db.hostKey.createMany({ data: pins.map(rowOf), skipDuplicates: true });
  await db.hostKey.createMany({
    data: revocations.map((each) => ({ ...rowOf(each), revokedAt: now })),
    skipDuplicates: true,
  });
  if (revocations.length > 0) {
    const places = revocations.map(({ targetId, entry }) => Prisma.sql`(${targetId}::uuid, ${entry.key.fingerprint})`);
    await db.$executeRaw`
      update host_keys set revoked_at = ${now} where revoked_at is null
      and (target_id, fingerprint) in (${Prisma.join(places)})`;
  }
  const changed = [...pins, ...revocations];
  await db.presentedKey.deleteMany({
    where: { OR: changed.map(({ targetId, entry }) => ({ targetId, fingerprint: entry.key.fingerprint })) },
  });
  await refreshHostKeyState(db, ...new Set(changed.map(({ targetId }) => targetId)));
}

function placeOf(targetId: string, fingerprint: string): string {
  return `${targetId} ${fingerprint}`;
}
