import { requirePermission } from '@opsconductor/authz';
import { z } from 'zod';
import type { AddCredentialKindInput } from '../../generated/graphql.ts';
import type { CustomKind } from '../../generated/prisma/client.ts';
import type { Context, Db } from '../context.ts';
import { parseInput } from '../input/parseInput.ts';
import { nameText } from '../input/text.ts';
import { isUniqueViolation } from '../uniqueViolation.ts';
import type { InputDefinition } from './kinds.ts';
import { CredentialKindTaken } from './refusals.ts';

const INPUT_LIMIT = 20;

const kindInput = z.object({
  name: nameText('The name of a kind'),
  inputs: z
    .array(
      z.object({
        name: z
          .string()
          .regex(/^[a-zA-Z0-9_]{1,40}$/, 'The name of an input has 1 to 40 letters, digits and underscores.'),
        label: nameText('A label'),
        isSecret: z.boolean(),
        isRequired: z
          .boolean()
          .nullish()
          .transform((given) => given ?? true),
      }),
    )
    .max(INPUT_LIMIT, `A kind has at most ${INPUT_LIMIT} inputs.`)
    .refine((inputs) => inputs.some(({ isSecret }) => isSecret), 'At least one input is a secret.')
    .refine((inputs) => new Set(inputs.map(({ name }) => name)).size === inputs.length, 'Each name is there once.'),
});

/** @throws {InvalidInput} {@link CredentialKindTaken} */
export async function addCustomKind(context: Context, input: AddCredentialKindInput): Promise<CustomKind> {
  const { userId } = requirePermission(context.viewer, 'credential:write');
  const { transact, clock, requestId } = context;
  const { name, inputs } = parseInput(kindInput, input);
  return transact(async (unit) => {
    const kind = await unit.db.customKind
      .create({ data: { name, inputs, createdAt: clock() } })
      .catch((error: unknown) => {
        throw isUniqueViolation(error) ? new CredentialKindTaken(name) : error;
      });
    unit.emit({
      type: 'assets.credentialKind.added',
      actorId: userId,
      requestId,
      subject: { type: 'credentialKind', id: kind.id },
      data: { name, inputs: inputs.map((each) => each.name).join(' ') },
    });
    return kind;
  });
}

/** By name. */
export async function listCustomKinds({ viewer, prisma }: Context): Promise<CustomKind[]> {
  requirePermission(viewer, 'credential:read');
  return prisma.customKind.findMany({ orderBy: { name: 'asc' } });
}

/** @returns undefined when there is no such kind */
export async function readCustomInputs(db: Pick<Db, 'customKind'>, id: string): Promise<InputDefinition[] | undefined> {
  const kind = await db.customKind.findUnique({ where: { id } });
  return kind ? (kind.inputs as unknown as InputDefinition[]) : undefined;
}
