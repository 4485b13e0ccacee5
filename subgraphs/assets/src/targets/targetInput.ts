import { z } from 'zod';
import { nameText } from '../input/text.ts';
import { isAddress } from './address.ts';
import { labelsInput } from './labels.ts';

const SSH_PORT = 22;
const portRule = 'A port is from 1 to 65535.';

export const targetInput = z.object({
  name: nameText('The name of a target'),
  address: z
    .string()
    .refine(isAddress, 'An address is a host name or an IP address: web-1.example.com, 10.0.0.7, fd00::7.'),
  port: z
    .int()
    .min(1, portRule)
    .max(65_535, portRule)
    .nullish()
    .transform((port) => port ?? SSH_PORT),
  labels: labelsInput.nullish().transform((labels) => labels ?? []),
  credentialId: z.string(),
  hostKeyPolicy: z
    .enum(['STRICT', 'TRUST_ON_FIRST_USE'])
    .nullish()
    .transform((policy) => policy ?? 'STRICT'),
});
