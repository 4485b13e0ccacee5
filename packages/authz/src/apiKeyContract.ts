/** What identity answers to routers about API keys, and to nobody else. */
import { z } from 'zod';
import { permissions } from './permissions.ts';

/**
 * Asks whose key this is and what it may do now. A POST of JSON to identity that a signed assertion opens. Issuer: `router`.
 */
export const resolveApiKey = {
  path: '/internal/api-keys',
  request: z.object({
    id: z.uuid(),
    /** SHA-256 of the secret, base64url. */
    secretDigest: z.string().max(100),
    /** Where the key was used from, for `lastUsed`. */
    clientAddress: z.string().max(45).optional(),
  }),
  response: z.discriminatedUnion('outcome', [
    z.object({
      outcome: z.literal('accepted'),
      /** The user in whose name the key acts. */
      userId: z.uuid(),
      /** What both the key and its owner hold. */
      permissions: z.array(z.enum(permissions)),
      /** RFC 3339. */
      expiresAt: z.iso.datetime(),
      /** Addresses and CIDR ranges that the key may be used from; from anywhere when empty. */
      allowedNetworks: z.array(z.string()),
    }),
    z.object({ outcome: z.literal('rejected') }),
  ]),
} as const;

export type ApiKeyQuestion = z.infer<typeof resolveApiKey.request>;
export type ApiKeyAnswer = z.infer<typeof resolveApiKey.response>;
