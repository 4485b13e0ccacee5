import { requirePermission } from '@opsconductor/authz';
import type { CredentialVersionState } from '../../generated/graphql.ts';
import type { CredentialVersion } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';

/** A version without its sealed secret, which only releases read. */
export type PublicVersion = Omit<CredentialVersion, 'sealed' | 'keyId'>;

export interface StatedVersion extends PublicVersion {
  readonly state: CredentialVersionState;
}

type Validity = Pick<CredentialVersion, 'version' | 'validFrom' | 'validUntil' | 'revokedAt'>;

/** The version that is used at a moment: the newest that holds. */
export function currentVersion<Version extends Validity>(versions: readonly Version[], now: Date): Version | undefined {
  return versions
    .filter((version) => holds(version, now))
    .reduce<Version | undefined>(
      (newest, each) => (newest && newest.version > each.version ? newest : each),
      undefined,
    );
}

/** Newest first, each with what it is good for at this moment. */
export async function listVersions(
  { viewer, loaders, clock }: Context,
  credentialId: string,
): Promise<StatedVersion[]> {
  requirePermission(viewer, 'credential:read');
  const versions = await loaders.versions.load(credentialId);
  const now = clock();
  const current = currentVersion(versions, now);
  return versions.map((version) => ({ ...version, state: stateOf(version, current, now) }));
}

function stateOf(version: PublicVersion, current: PublicVersion | undefined, now: Date): CredentialVersionState {
  if (version.revokedAt) return 'REVOKED';
  if (version.validUntil && version.validUntil <= now) return 'EXPIRED';
  if (version.validFrom > now) return 'UPCOMING';
  return version === current ? 'CURRENT' : 'OVERLAPPING';
}

function holds({ validFrom, validUntil, revokedAt }: Validity, now: Date): boolean {
  return revokedAt === null && validFrom <= now && (validUntil === null || validUntil > now);
}
