import { once } from 'node:events';
import { createServer } from 'node:net';
import { StartupFault } from '@opsconductor/process';

/**
 * Says at once, and not after a start of seconds, that the platform's port cannot be had.
 * @throws {StartupFault}
 */
export async function requireFreePort(host: string, port: number): Promise<void> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    throw new StartupFault(sentenceFor((error as NodeJS.ErrnoException).code, host, port), { cause: error });
  }
  server.close();
  await once(server, 'close');
}

function sentenceFor(code: string | undefined, host: string, port: number): string {
  if (code === 'EADDRINUSE')
    return `Port ${port} of ${host} is taken by another program. Stop that one, or set OPSCONDUCTOR_PORT to a free port.`;
  if (code === 'EACCES') return `This user may not listen on port ${port}. Set OPSCONDUCTOR_PORT to a port above 1023.`;
  return `The platform cannot listen on ${host}:${port} (${code}). Set OPSCONDUCTOR_HOST to an address of this machine.`;
}
