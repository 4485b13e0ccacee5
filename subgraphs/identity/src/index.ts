export { PrismaClient } from '../generated/prisma/client.ts';
export type { IdentitySettings } from './settings.ts';
export { createIdentity, type Identity, type IdentityDeps } from './subgraph.ts';
