import { createHash } from 'node:crypto';
import { requirePermission } from '@opsconductor/authz';
import { BadUserInput, isId, readPage } from '@opsconductor/subgraph';
import type { Connection, PageArguments } from '@opsconductor/subgraph';
import type { Prisma, StepLibrary } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import type { Db } from '../executions/eventLog.ts';
import type { LibraryDefinition, StepDefinition } from './definition.ts';
import { readArchive } from './libraryFiles.ts';
import { LibraryUnreadable } from './readLibrary.ts';
import { readUntrustedLibrary } from './readUntrusted.ts';
import { StepLibraryConflict, StepLibraryInvalid } from './refusals.ts';

export const LIBRARIES_TOPIC = 'stepLibraries';
const PAGE_LIMIT = 100;
/** Base64 of more is not even decoded. */
const ARCHIVE_LENGTH = 2_000_000;

/** By name, newest version first. */
export async function listLibraries(
  { viewer, prisma }: Context,
  page: PageArguments,
): Promise<Connection<StepLibrary>> {
  requirePermission(viewer, 'library:read');
  return readPage(
    page,
    PAGE_LIMIT,
    ({ name, versionKey, id }) => [name, versionKey, id],
    (after, take) =>
      prisma.stepLibrary.findMany({
        ...(after && { where: afterKey(after) }),
        orderBy: [{ name: 'asc' }, { versionKey: 'desc' }],
        take,
      }),
  );
}

/** @returns null when there is none */
export async function findStep(
  { viewer, prisma }: Context,
  { library, version, name }: { library: string; version?: string | null | undefined; name: string },
): Promise<{ library: StepLibrary; step: StepDefinition } | null> {
  requirePermission(viewer, 'library:read');
  if ([library, version ?? '', name].some((text) => text.includes('\0'))) return null;
  const found = await prisma.stepLibrary.findFirst({
    where: { name: library, ...(version != null && { version }) },
    orderBy: { versionKey: 'desc' },
  });
  const step = found && stepsOf(found).find((each) => each.name === name);
  return found && step ? { library: found, step } : null;
}

export function stepsOf({ steps }: StepLibrary): readonly StepDefinition[] {
  return steps as unknown as StepDefinition[];
}

/**
 * Installs a library from a gzipped tar archive in base64.
 * @throws {StepLibraryInvalid} {@link StepLibraryConflict}
 */
export async function installLibrary(context: Context, archive: string): Promise<StepLibrary> {
  const { userId } = requirePermission(context.viewer, 'library:write');
  const definition = await readDefinition(archive);
  const { transact, clock, requestId } = context;
  return transact(async (unit) => {
    const { library, isNew } = await keepLibrary(unit.db, definition, { installedById: userId, now: clock() });
    if (!isNew) return library;
    unit.emit({
      type: 'automation.stepLibrary.installed',
      actorId: userId,
      requestId,
      subject: { type: 'stepLibrary', id: library.id },
      data: { name: library.name, version: library.version, digest: library.digest },
    });
    unit.wake(LIBRARIES_TOPIC);
    return library;
  });
}

/**
 * Writes a version unless it is there.
 * @throws {StepLibraryConflict} when it is there with another content
 */
export async function keepLibrary(
  db: Db,
  { name, version, title, description, steps }: LibraryDefinition,
  { installedById, now }: { installedById: string | null; now: Date },
): Promise<{ library: StepLibrary; isNew: boolean }> {
  const digest = createHash('sha256')
    .update(JSON.stringify({ name, version, title, description, steps }))
    .digest('hex');
  const content = steps as unknown as Prisma.InputJsonValue;
  const about = { title, description: description ?? null, digest, steps: content, installedById, installedAt: now };
  const { count } = await db.stepLibrary.createMany({
    data: [{ name, version, versionKey: versionKeyOf(version), ...about }],
    skipDuplicates: true,
  });
  const library = await db.stepLibrary.findUniqueOrThrow({ where: { name_version: { name, version } } });
  if (library.digest !== digest) throw new StepLibraryConflict(name, version);
  return { library, isNew: count > 0 };
}

async function readDefinition(archive: string): Promise<LibraryDefinition> {
  const invalid = (message: string) => new StepLibraryInvalid([{ file: '', path: '', message }]);
  if (archive.length > ARCHIVE_LENGTH) throw invalid(`has more than ${ARCHIVE_LENGTH} characters of base64`);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(archive)) throw invalid('is not base64');
  try {
    return await readUntrustedLibrary(await readArchive(Buffer.from(archive, 'base64')));
  } catch (error) {
    if (error instanceof LibraryUnreadable) throw new StepLibraryInvalid(error.problems);
    throw error;
  }
}

/** Texts that sort as versions do. */
function versionKeyOf(version: string): string {
  return version
    .split('.')
    .map((part) => part.padStart(6, '0'))
    .join('.');
}

/** @throws {BadUserInput} it is no keyset of this list */
function afterKey([name, versionKey, id]: readonly (string | number)[]): Prisma.StepLibraryWhereInput {
  if (typeof name !== 'string' || typeof versionKey !== 'string' || typeof id !== 'string' || !isId(id))
    throw new BadUserInput('after is not a cursor of this list.');
  if (name.includes('\0') || versionKey.includes('\0')) throw new BadUserInput('after is not a cursor of this list.');
  return { OR: [{ name: { gt: name } }, { name, versionKey: { lt: versionKey } }] };
}
