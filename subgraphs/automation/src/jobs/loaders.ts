import DataLoader from 'dataloader';
import type { Viewer } from '@opsconductor/authz';
import type { Job, JobRevision, PrismaClient } from '../../generated/prisma/client.ts';
import { readFolderTree } from '../folders/folderTree.ts';
import type { FolderTree } from '../folders/folderTree.ts';

export interface JobLoaders {
  readonly job: DataLoader<string, Job | null>;
  readonly jobRevision: DataLoader<RevisionKey, JobRevision | null, string>;
  /** All folders, with what the viewer may do in them: read once for a request. */
  folderTree(): Promise<FolderTree>;
  /** After a change of folders. */
  forgetFolders(): void;
}

export interface RevisionKey {
  readonly jobId: string;
  readonly number: number;
}

export function createJobLoaders(prisma: PrismaClient, viewer: Viewer): JobLoaders {
  let tree: Promise<FolderTree> | undefined;
  return {
    job: new DataLoader(async (ids) => {
      const rows = await prisma.job.findMany({ where: { id: { in: [...ids] } } });
      const byId = new Map(rows.map((row) => [row.id, row]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
    jobRevision: new DataLoader((keys) => readRevisions(prisma, keys), { cacheKeyFn: keyOf }),
    folderTree: () => (tree ??= readFolderTree(prisma, viewer)),
    forgetFolders: () => {
      tree = undefined;
    },
  };
}

async function readRevisions(prisma: PrismaClient, keys: readonly RevisionKey[]): Promise<(JobRevision | null)[]> {
  const rows = await prisma.jobRevision.findMany({
    where: { OR: keys.map(({ jobId, number }) => ({ jobId, number })) },
  });
  const byKey = new Map(rows.map((row) => [keyOf(row), row]));
  return keys.map((key) => byKey.get(keyOf(key)) ?? null);
}

function keyOf({ jobId, number }: RevisionKey): string {
  return `${jobId} ${number}`;
}
