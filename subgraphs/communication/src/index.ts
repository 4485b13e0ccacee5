export { PrismaClient } from '../generated/prisma/client.ts';
export { createCommunication, type Communication, type CommunicationDeps } from './subgraph.ts';
export { verifyChain, type Verification } from './audit/verifyChain.ts';
