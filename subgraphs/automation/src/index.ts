export { PrismaClient } from '../generated/prisma/client.ts';
export { createAutomation, type Automation, type AutomationDeps } from './subgraph.ts';
export { parseNetworks } from './ssh/networks.ts';
