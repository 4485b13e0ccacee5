import { randomBytes } from 'node:crypto';
import ssh2 from 'ssh2';
import { parsePublicKeyLine } from '../hostKeys/publicKey.ts';
import type { Answer, World } from './world.ts';

/** An id that is none of any row. */
export const NOBODY = '0199a5b0-0000-7000-8000-00000000dead';

/** A text that no other test uses. */
export function unique(prefix: string): string {
  return `${prefix}-${randomBytes(5).toString('hex')}`;
}

/** @returns the id of a new password credential */
export async function givenCredential(world: World, input: Record<string, unknown> = {}): Promise<string> {
  const answer = await world.as('credential:write', 'credential:read')(
    `mutation ($input: CreateCredentialInput!) {
      createCredential(input: $input) { __typename ... on CredentialCreated { credential { id } } }
    }`,
    { input: { name: unique('credential'), username: 'ops', password: unique('secret'), ...input } },
  );
  return idOf(answer, 'createCredential', 'credential');
}

/** @returns the id of a new target */
export async function givenTarget(world: World, input: Record<string, unknown> = {}): Promise<string> {
  const answer = await world.as(
    'target:write',
    'target:read',
    'credential:read',
  )(
    `mutation ($input: CreateTargetInput!) {
      createTarget(input: $input) { __typename ... on TargetCreated { target { id } } }
    }`,
    {
      input: {
        name: unique('target'),
        address: '10.0.0.7',
        credentialId: input['credentialId'] ?? (await givenCredential(world)),
        ...input,
      },
    },
  );
  return idOf(answer, 'createTarget', 'target');
}

/** @returns the id of a new group */
export async function givenGroup(world: World, input: Record<string, unknown> = {}): Promise<string> {
  const answer = await world.as('group:write', 'target:read')(
    `mutation ($input: CreateTargetGroupInput!) {
      createTargetGroup(input: $input) { __typename ... on TargetGroupCreated { group { id } } }
    }`,
    { input: { name: unique('group'), ...input } },
  );
  return idOf(answer, 'createTargetGroup', 'group');
}

/** A new host key: the line of its *.pub file and what the line says. */
export function givenHostKey(type: 'ed25519' | 'ecdsa' = 'ed25519'): HostKeyLine {
  const line = ssh2.utils.generateKeyPairSync(
    type as 'ed25519',
    type === 'ecdsa' ? ({ bits: 256 } as never) : {},
  ).public;
  // One in two hundred keys that ssh2 generates is not one that anybody can read.
  if (!parsePublicKeyLine(line)) return givenHostKey(type);
  const [algorithm = '', publicKey = ''] = line.split(' ');
  return { line, algorithm, publicKey };
}

export interface HostKeyLine {
  readonly line: string;
  readonly algorithm: string;
  /** Base64 of the wire format. */
  readonly publicKey: string;
}

function idOf({ data, errors }: Answer, field: string, entity: string): string {
  const created = data as Record<string, Record<string, { id: string }>> | undefined;
  const id = created?.[field]?.[entity]?.id;
  if (id === undefined) throw new Error(`Not created: ${JSON.stringify({ data: created, errors })}`);
  return id;
}
