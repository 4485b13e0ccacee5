import { requirePermission } from '@opsconductor/authz';
import { InvalidInput, readId } from '@opsconductor/subgraph';
import { printFilter, specificityOf } from '@opsconductor/target-filter';
import type { BindCredentialInput } from '../../generated/graphql.ts';
import type { Credential, CredentialBinding } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import { readFilterInput } from '../filters/readFilter.ts';
import { TARGETS_TOPIC } from '../targets/topics.ts';
import { lockCredential } from './credentials.ts';
import { CredentialBindingNotFound, CredentialNotFound } from './refusals.ts';
import { CREDENTIALS_TOPIC } from './topics.ts';

/** All of them are one expression of SQL. */
const BINDING_LIMIT = 200;

/**
 * Binding the same filter again is the same as once.
 * @throws {InvalidInput} {@link CredentialNotFound}
 */
export async function bindCredential(
  context: Context,
  { credentialId, filter: text }: BindCredentialInput,
): Promise<CredentialBinding> {
  const { userId } = requirePermission(context.viewer, 'credential:write');
  const { transact, requestId, clock, loaders } = context;
  const read = readFilterInput('filter', text);
  const filter = printFilter(read);
  const bound = await transact(async (unit) => {
    const credential = await lockCredential(unit.db, credentialId);
    if (!credential) throw new CredentialNotFound();
    const place = { credentialId: credential.id, filter };
    const same = await unit.db.credentialBinding.findUnique({ where: { credentialId_filter: place } });
    if (same) return same;
    if ((await unit.db.credentialBinding.count()) >= BINDING_LIMIT)
      throw new InvalidInput('filter', `There are at most ${BINDING_LIMIT} bindings.`);
    const binding = await unit.db.credentialBinding.create({
      data: { ...place, specificity: specificityOf(read), createdAt: clock(), createdById: userId },
    });
    unit.emit({
      type: 'assets.credential.bound',
      actorId: userId,
      requestId,
      subject: { type: 'credential', id: credential.id },
      data: { name: credential.name, filter },
    });
    unit.wake(CREDENTIALS_TOPIC);
    unit.wake(TARGETS_TOPIC);
    return binding;
  });
  loaders.bindings.clear(bound.credentialId);
  return bound;
}

/** @returns the credential that is not bound any more @throws {CredentialBindingNotFound} */
export async function unbindCredential(context: Context, id: string): Promise<Credential> {
  const { userId } = requirePermission(context.viewer, 'credential:write');
  const { transact, requestId, loaders } = context;
  const known = readId(id);
  if (known === undefined) throw new CredentialBindingNotFound();
  const credential = await transact(async (unit) => {
    const binding = await unit.db.credentialBinding.findUnique({ where: { id: known } });
    const locked = binding && (await lockCredential(unit.db, binding.credentialId));
    const { count } = await unit.db.credentialBinding.deleteMany({ where: { id: known } });
    if (!binding || !locked || count === 0) throw new CredentialBindingNotFound();
    unit.emit({
      type: 'assets.credential.unbound',
      actorId: userId,
      requestId,
      subject: { type: 'credential', id: locked.id },
      data: { name: locked.name, filter: binding.filter },
    });
    unit.wake(CREDENTIALS_TOPIC);
    unit.wake(TARGETS_TOPIC);
    return locked;
  });
  loaders.bindings.clear(credential.id);
  return credential;
}

export async function listBindings({ viewer, loaders }: Context, credentialId: string): Promise<CredentialBinding[]> {
  requirePermission(viewer, 'credential:read');
  return loaders.bindings.load(credentialId);
}
