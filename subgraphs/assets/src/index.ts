export { PrismaClient } from '../generated/prisma/client.ts';
export { createAssets, type Assets, type AssetsDeps } from './subgraph.ts';
