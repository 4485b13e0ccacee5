import type { ReleasedConnection } from '@opsconductor/fleet';
import type { Credential, CredentialVersion, HostKey, Target } from '../../generated/prisma/client.ts';
import type { Context, Db } from '../context.ts';
import { findEffective } from '../credentials/effectiveCredentials.ts';
import { openContent } from '../credentials/sealedSecret.ts';
import type { Authentication } from '../credentials/sealedSecret.ts';
import { currentVersion } from '../credentials/versions.ts';

/** What signs in on a target, or why nothing does. */
export type Login =
  | {
      readonly outcome: 'ready';
      readonly credential: Credential;
      readonly username: string;
      readonly authentication: Authentication;
    }
  | { readonly outcome: 'NO_CREDENTIAL' | 'CREDENTIAL_NOT_VALID' | 'CREDENTIAL_NOT_FOR_SSH' | 'CREDENTIAL_UNREADABLE' };

/** A target with all that it takes to sign in on it. */
export interface ReachableTarget extends Target {
  readonly hostKeys: readonly HostKey[];
  readonly login: Login;
}

/**
 * By id, deleted ones left out. Each credential is opened once, however many targets share it. The number of statements
 * does not grow with the number of targets.
 */
export async function findReachableTargets(
  db: Db,
  context: Pick<Context, 'vault' | 'log' | 'clock'>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ReachableTarget>> {
  const known = [...new Set(ids)];
  const targets = await db.target.findMany({
    where: { id: { in: known }, deletedAt: null },
    include: { hostKeys: true },
  });
  const choices = await findEffective(db, known);
  const logins = await openLogins(db, context, [...new Set([...choices.values()].map((each) => each.credentialId))]);
  return new Map(
    targets.map((target) => {
      const login = logins.get(choices.get(target.id)?.credentialId ?? '') ?? { outcome: 'NO_CREDENTIAL' as const };
      return [target.id, { ...target, login }];
    }),
  );
}

/** What an executor needs to connect. */
export function connectionTo(
  { address, port, hostKeyPolicy, hostKeys }: ReachableTarget,
  { username, authentication }: Extract<Login, { outcome: 'ready' }>,
): Omit<ReleasedConnection, 'taskId' | 'outcome'> {
  const keys = Map.groupBy(hostKeys, hostKeyGroup);
  const keysThatAre = (state: 'pinned' | 'revoked') =>
    (keys.get(state) ?? []).map(({ algorithm, publicKey }) => ({ algorithm, publicKey }));
  return {
    address,
    port,
    username,
    authentication,
    hostKeyPolicy,
    pinned: keysThatAre('pinned'),
    revoked: keysThatAre('revoked'),
  };
}

function hostKeyGroup({ revokedAt }: HostKey): 'pinned' | 'revoked' {
  return revokedAt ? 'revoked' : 'pinned';
}

async function openLogins(
  db: Db,
  context: Pick<Context, 'vault' | 'log' | 'clock'>,
  credentialIds: readonly string[],
): Promise<ReadonlyMap<string, Login>> {
  const credentials = await db.credential.findMany({
    where: { id: { in: [...credentialIds] } },
    include: { versions: true },
  });
  const now = context.clock();
  const logins = credentials.map(async ({ versions, ...credential }): Promise<[string, Login]> => {
    const version = currentVersion(versions, now);
    if (!version) return [credential.id, { outcome: 'CREDENTIAL_NOT_VALID' }];
    return [credential.id, await open(context, credential, version)];
  });
  return new Map(await Promise.all(logins));
}

async function open(
  { vault, log }: Pick<Context, 'vault' | 'log'>,
  credential: Credential,
  version: CredentialVersion,
): Promise<Login> {
  try {
    const content = await openContent(vault, version);
    if (content.kind === 'fields' || credential.username === null) return { outcome: 'CREDENTIAL_NOT_FOR_SSH' };
    return { outcome: 'ready', credential, username: credential.username, authentication: content };
  } catch (error) {
    log.error({ err: error, credentialId: credential.id }, 'credential.unopened');
    return { outcome: 'CREDENTIAL_UNREADABLE' };
  }
}
