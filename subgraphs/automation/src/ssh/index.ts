/** The SSH transport for whoever measures it from outside; the domain itself imports the files. */
export { connect, type ConnectOptions, type SshConnection, type SshEndpoint } from './connection.ts';
export { createConnectionPool, type ConnectionPool } from './connectionPool.ts';
export type { CommandOptions, RunningCommand } from './command.ts';
export { parseNetworks, type Networks } from './networks.ts';
export type { CommandResult } from './outcome.ts';
