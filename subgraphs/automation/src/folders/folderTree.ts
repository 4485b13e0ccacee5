import type { Viewer } from '@opsconductor/authz';
import { may } from '@opsconductor/authz';
import type { FolderAccess } from '../../generated/prisma/enums.ts';
import type { FolderGrant, JobFolder, Prisma } from '../../generated/prisma/client.ts';

/** The folder that everything is in. Made by the migration that made folders. */
export const ROOT_FOLDER_ID = '00000000-0000-7000-8000-000000000000';

/** Most folders that there can be: all of them are read to know who may do what. */
export const FOLDER_LIMIT = 2_000;
export const FOLDER_DEPTH = 20;

const rank: Record<FolderAccess, number> = { READ: 1, RUN: 2, WRITE: 3 };

/**
 * All folders and what one viewer may do in each. A folder with grants, and all below it, is for those who are named in it
 * or in a folder above it; whoever grants (`folder:grant`) may do everything. Where no grant is on the way to the root,
 * everybody may, as far as their permissions go.
 */
export class FolderTree {
  readonly folders: readonly JobFolder[];
  readonly #byId: ReadonlyMap<string, JobFolder>;
  readonly #grants: ReadonlyMap<string, readonly FolderGrant[]>;
  readonly #viewer: Viewer;

  constructor(folders: readonly JobFolder[], grants: readonly FolderGrant[], viewer: Viewer) {
    this.folders = folders;
    this.#byId = new Map(folders.map((folder) => [folder.id, folder]));
    this.#grants = Map.groupBy(grants, ({ folderId }) => folderId);
    this.#viewer = viewer;
  }

  find(id: string): JobFolder | undefined {
    return this.#byId.get(id);
  }

  /** @returns undefined when the folder does not exist for the viewer */
  accessTo(id: string): FolderAccess | undefined {
    if (!this.#byId.has(id) || this.#viewer.kind !== 'user') return undefined;
    if (may(this.#viewer, 'folder:grant')) return 'WRITE';
    const { userId } = this.#viewer;
    const grants = this.#wayUp(id).flatMap((folder) => this.#grants.get(folder.id) ?? []);
    if (grants.length === 0) return 'WRITE';
    const own = grants.filter((grant) => grant.userId === userId).map(({ access }) => access);
    return own.sort((one, other) => rank[other] - rank[one])[0];
  }

  may(id: string, access: FolderAccess): boolean {
    const held = this.accessTo(id);
    return held !== undefined && rank[held] >= rank[access];
  }

  /** Such as `/databases/backup`; `/` for the root. */
  pathOf(id: string): string {
    const names = this.#wayUp(id).map(({ name }) => name);
    return `/${names.reverse().slice(1).join('/')}`;
  }

  depthOf(id: string): number {
    return this.#wayUp(id).length - 1;
  }

  grantsOf(id: string): readonly FolderGrant[] {
    return this.#grants.get(id) ?? [];
  }

  /** A folder and all below it that the viewer may see. */
  visibleBelow(id: string): string[] {
    return this.folders
      .filter((folder) => this.may(folder.id, 'READ') && this.#wayUp(folder.id).some((above) => above.id === id))
      .map((folder) => folder.id);
  }

  /** @returns the folder at a path, such as `/databases/backup` */
  findByPath(path: string): JobFolder | undefined {
    return this.folders.find(({ id }) => this.pathOf(id) === path);
  }

  /** The folder, the one that it is in, and so on to the root. */
  #wayUp(id: string): JobFolder[] {
    const way: JobFolder[] = [];
    for (let folder = this.#byId.get(id); folder; folder = this.#byId.get(folder.parentId ?? '')) way.push(folder);
    return way;
  }
}

export async function readFolderTree(
  db: Pick<Prisma.TransactionClient, 'jobFolder' | 'folderGrant'>,
  viewer: Viewer,
): Promise<FolderTree> {
  const [folders, grants] = await Promise.all([
    db.jobFolder.findMany({ orderBy: [{ name: 'asc' }, { id: 'asc' }], take: FOLDER_LIMIT }),
    db.folderGrant.findMany(),
  ]);
  return new FolderTree(folders, grants, viewer);
}
