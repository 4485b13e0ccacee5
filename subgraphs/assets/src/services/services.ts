import { requirePermission } from '@opsconductor/authz';
import { InvalidInput } from '@opsconductor/subgraph';
import { z } from 'zod';
import type { AddServiceDefinitionInput, ServiceCategory } from '../../generated/graphql.ts';
import type { ServiceDefinition } from '../../generated/prisma/client.ts';
import type { Context, Db } from '../context.ts';
import { parseInput } from '../input/parseInput.ts';
import { nameText } from '../input/text.ts';
import { isUniqueViolation } from '../uniqueViolation.ts';
import { builtInServices } from './builtInServices.ts';
import type { Service } from './builtInServices.ts';
import { portInput } from './port.ts';
import { ServiceDefinitionTaken } from './refusals.ts';

/** By key: the built-in ones and those that were added. */
export async function listServices({ viewer, prisma }: Context): Promise<Service[]> {
  requirePermission(viewer, 'target:read');
  const added = await prisma.serviceDefinition.findMany();
  return [...builtInServices.values(), ...added.map(asService)].sort((a, b) => (a.key < b.key ? -1 : 1));
}

export function asService({ key, name, category, port }: ServiceDefinition): Service {
  return { key, name, category: category as ServiceCategory, port, isBuiltIn: false };
}

const definitionInput = z.object({
  key: z.string().regex(/^[a-z0-9-]{1,40}$/, 'A key has 1 to 40 lower-case letters, digits and dashes.'),
  name: nameText('The name of a service'),
  category: z
    .string()
    .nullish()
    .transform((category) => category ?? 'OTHER'),
  defaultPort: portInput,
});

/** @throws {InvalidInput} {@link ServiceDefinitionTaken} */
export async function addService(context: Context, input: AddServiceDefinitionInput): Promise<Service> {
  const { userId } = requirePermission(context.viewer, 'target:write');
  const { transact, clock, requestId } = context;
  const { defaultPort: port, ...definition } = parseInput(definitionInput, input);
  if (builtInServices.has(definition.key)) throw new ServiceDefinitionTaken(definition.key);
  return transact(async (unit) => {
    const created = await unit.db.serviceDefinition
      .create({ data: { ...definition, port, createdAt: clock() } })
      .catch((error: unknown) => {
        throw isUniqueViolation(error) ? new ServiceDefinitionTaken(definition.key) : error;
      });
    unit.emit({
      type: 'assets.serviceDefinition.added',
      actorId: userId,
      requestId,
      subject: { type: 'serviceDefinition', id: created.key },
      data: { ...definition, port },
    });
    return asService(created);
  });
}

/** A service of a target as it was given: unknown definitions, missing ports and all. */
export interface GivenService {
  readonly definition: string;
  readonly port: number | undefined;
  readonly isDefault: boolean;
}

export interface ChosenService {
  readonly definition: string;
  readonly port: number;
  readonly isDefault: boolean;
}

/**
 * Completes the services of one target, of which exactly one is the default one.
 * @throws {InvalidInput} a definition that there is none of
 */
export async function chooseServices(db: Db, given: readonly GivenService[]): Promise<ChosenService[]> {
  const unknown = given.map(({ definition }) => definition).filter((key) => !builtInServices.has(key));
  const added = unknown.length === 0 ? [] : await db.serviceDefinition.findMany({ where: { key: { in: unknown } } });
  const definitions = new Map([...builtInServices, ...added.map((row) => [row.key, asService(row)] as const)]);
  const defaultAt = Math.max(
    0,
    given.findIndex(({ isDefault }) => isDefault),
  );
  return given.map(({ definition, port }, index) => {
    const service = definitions.get(definition);
    if (!service)
      throw new InvalidInput(`services.${index}.definition`, `There is no service definition ${definition}.`);
    return { definition, port: port ?? service.port, isDefault: index === defaultAt };
  });
}

/** The port under which executors reach a target with these services. */
export function portOf(services: readonly ChosenService[]): number {
  const [first] = services;
  return (services.find(({ definition }) => definition === 'ssh') ?? services.find((each) => each.isDefault) ?? first)!
    .port;
}
