import { startEmbeddedPostgres } from '../src/index.ts';

/** `node runServer.ts <directory>`: runs a PostgreSQL until terminated. Writes each progress sentence, then `{ pid, url }`. */
const [directory] = process.argv.slice(2);
if (!directory) throw new Error('Usage: node runServer.ts <directory>');
const onProgress = (sentence: string): void => console.log(sentence);
const server = await startEmbeddedPostgres({ directory, settings: { fsync: 'off' }, onProgress });
console.log(JSON.stringify({ pid: server.pid, url: server.url }));
process.once('SIGTERM', () => void server.stop());
