import type { ReleasedConnection } from '@opsconductor/fleet';
import type { HostKey, Prisma, Target } from '../../generated/prisma/client.ts';
import type { Context, Db } from '../context.ts';
import { openAuthentication } from '../credentials/sealedSecret.ts';
import type { Authentication } from '../credentials/sealedSecret.ts';

type Credential = Prisma.CredentialGetPayload<object>;

/** A target with all that it takes to sign in on it. */
export interface ReachableTarget extends Target {
  /** Null when nothing says with which one. */
  readonly credential: Credential | null;
  readonly hostKeys: readonly HostKey[];
  /** Undefined when the vault does not open it. */
  readonly authentication: Authentication | undefined;
}

/** By id, deleted ones left out. Each credential is opened once, however many targets share it. */
export async function findReachableTargets(
  db: Db,
  context: Pick<Context, 'vault' | 'log'>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ReachableTarget>> {
  const targets = await db.target.findMany({
    where: { id: { in: [...new Set(ids)] }, deletedAt: null },
    include: { credential: true, hostKeys: true },
  });
  const credentials = new Map(targets.flatMap(({ credential }) => (credential ? [[credential.id, credential]] : [])));
  const opened = new Map([...credentials].map(([id, credential]) => [id, open(context, credential)]));
  return new Map(
    targets.map((target) => [target.id, { ...target, authentication: opened.get(target.credential?.id ?? '') }]),
  );
}

/** What an executor needs to connect. */
export function connectionTo(
  { address, port, hostKeyPolicy, hostKeys }: ReachableTarget,
  credential: Credential,
  authentication: Authentication,
): Omit<ReleasedConnection, 'taskId' | 'outcome'> {
  const keys = Map.groupBy(hostKeys, ({ revokedAt }) => (revokedAt ? 'revoked' : 'pinned'));
  const keysThatAre = (state: 'pinned' | 'revoked') =>
    (keys.get(state) ?? []).map(({ algorithm, publicKey }) => ({ algorithm, publicKey }));
  return {
    address,
    port,
    username: credential.username,
    authentication,
    hostKeyPolicy,
    pinned: keysThatAre('pinned'),
    revoked: keysThatAre('revoked'),
  };
}

function open({ vault, log }: Pick<Context, 'vault' | 'log'>, credential: Credential): Authentication | undefined {
  try {
    return openAuthentication(vault, credential);
  } catch (error) {
    log.error({ err: error, credentialId: credential.id }, 'credential.unopened');
    return undefined;
  }
}
