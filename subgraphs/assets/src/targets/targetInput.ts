import { z } from 'zod';
import { nameText, printableText } from '../input/text.ts';
import { portInput } from '../services/port.ts';
import { isAddress } from './address.ts';
import { attributesInput } from './attributes.ts';
import { labelsInput } from './labels.ts';

const SSH_PORT = 22;
const ADDRESS_LIMIT = 20;
const TAG_LIMIT = 50;
const SERVICE_LIMIT = 50;

const address = z
  .string()
  .refine(isAddress, 'An address is a host name or an IP address: web-1.example.com, 10.0.0.7, fd00::7.');
const tag = z
  .string()
  .regex(/^[a-zA-Z0-9._/-]{1,63}$/, 'A tag has 1 to 63 letters, digits, dots, slashes, dashes or underscores.');
const line = (what: string) => nameText(what).nullish();
const policy = z.enum(['STRICT', 'TRUST_ON_FIRST_USE']);

const services = z
  .array(
    z
      .object({ definition: z.string(), port: portInput.nullish(), isDefault: z.boolean().nullish() })
      .transform(({ definition, port, isDefault }) => ({
        definition,
        port: port ?? undefined,
        isDefault: isDefault ?? false,
      })),
  )
  .min(1, 'A target has at least one service.')
  .max(SERVICE_LIMIT, `A target has at most ${SERVICE_LIMIT} services.`);

/** What a target can be without: undefined leaves it, null takes it away. */
const details = {
  otherAddresses: z
    .array(address)
    .max(ADDRESS_LIMIT, `A target has at most ${ADDRESS_LIMIT} other addresses.`)
    .nullish(),
  services: services.nullish(),
  os: line('An operating system'),
  description: printableText('A description', { least: 0, most: 2_000 }).nullish(),
  environment: line('An environment'),
  owner: line('The name of a team'),
  criticality: z.enum(['LOW', 'MEDIUM', 'HIGH', 'CRITICAL']).nullish(),
  tags: z
    .array(tag)
    .max(TAG_LIMIT, `A target has at most ${TAG_LIMIT} tags.`)
    .nullish()
    .transform((tags) => tags && [...new Set(tags)].sort()),
  attributes: attributesInput.nullish(),
  hardware: z
    .object({
      vendor: line('A vendor'),
      model: line('A model'),
      serial: line('A serial number'),
      assetTag: line('An asset tag'),
      contract: line('A contract'),
    })
    .nullish(),
  location: z
    .object({
      datacenter: line('A data centre'),
      room: line('A room'),
      rack: line('A rack'),
      rackPosition: line('A position'),
    })
    .nullish(),
};

export const targetInput = z.object({
  ...details,
  name: nameText('The name of a target'),
  address,
  port: portInput.nullish().transform((port) => port ?? SSH_PORT),
  labels: labelsInput.nullish().transform((labels) => labels ?? []),
  credentialId: z.string().nullish(),
  hostKeyPolicy: policy.nullish().transform((given) => given ?? 'STRICT'),
});

/** What a target cannot be without stays as it is when it is null. */
export const targetChangeInput = z.object({
  ...details,
  id: z.string(),
  name: nameText('The name of a target').nullish(),
  address: address.nullish(),
  port: portInput.nullish(),
  labels: labelsInput.nullish(),
  credentialId: z.string().nullish(),
  hostKeyPolicy: policy.nullish(),
});

type Details = { [Key in keyof typeof details]?: z.infer<(typeof details)[Key]> };

/** The columns of a target's row that its details fill. Lists of their own tables are left out. */
export function columnsOf({ otherAddresses, tags, hardware, location, ...rest }: Details) {
  const { os, description, environment, owner, criticality } = rest;
  return withoutUndefined({
    os,
    description: description === '' ? null : description,
    environment,
    owner,
    criticality,
    otherAddresses: otherAddresses === null ? [] : otherAddresses,
    tags: tags === null ? [] : tags,
    ...(hardware === null ? { vendor: null, model: null, serial: null, assetTag: null, contract: null } : hardware),
    ...(location === null ? { datacenter: null, room: null, rack: null, rackPosition: null } : location),
  });
}

export function withoutUndefined<Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]: Exclude<Fields[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
