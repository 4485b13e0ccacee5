import { readFileSync } from 'node:fs';
import { parse } from 'graphql';
import { assertEnforceable } from '../authorisation/requirements.ts';
import { loadSupergraph } from '../planning/supergraph.ts';
import { composeSupergraph, peopleSdl, workSdl } from '../testing/graph.ts';
import { openHttpStream } from '../testing/httpStream.ts';
import { startWorld } from '../testing/world.ts';
import { deriveContract } from './deriveContract.ts';

const TAG = '@tag(name: "partner")';
const jobField = 'job(id: ID!): Job @requiresScopes(scopes: [["execution:read"]])';
const tagged = workSdl
  .replaceAll(jobField, `${jobField} ${TAG}`)
  .replace('  status: String!', `  status: String! ${TAG}`)
  .replace('  startedBy: Person', `  startedBy: Person ${TAG}`);
const people = peopleSdl.replace('  name: String!', `  name: String! ${TAG}`);
const whole = composeSupergraph({ people, work: tagged });

const fieldsOf = (sdl: string, type: string): string[] => {
  const found = loadSupergraph(sdl).schema.getType(type);
  return found && 'getFields' in found ? Object.keys(found.getFields()) : [];
};

describe('a contract', () => {
  const contract = deriveContract(whole, 'partner');

  test('holds what is tagged and what that needs, and nothing else', () => {
    expect(fieldsOf(contract, 'Query')).toEqual(['job']);
    expect(fieldsOf(contract, 'Job').sort()).toEqual(['startedBy', 'status']);
    expect(fieldsOf(contract, 'Person')).toEqual(['name']);
    expect(fieldsOf(contract, 'Mutation')).toEqual([]);
    expect(fieldsOf(contract, 'JobEvent')).toEqual([]);
  });

  test('keeps the requirements of the whole', () => {
    expect(() => assertEnforceable(contract)).not.toThrow();
    expect(contract).toMatch(/job\(id: ID!\): Job .*@requiresScopes\(scopes: \[\["execution:read"\]\]\)/);
  });

  test('that cannot stand by itself says what is missing', () => {
    const sdl = composeSupergraph({ people: peopleSdl, work: tagged });
    expect(() => deriveContract(sdl, 'partner')).toThrow(
      'Job.startedBy needs Person, of which nothing carries the tag.',
    );
    expect(() => deriveContract(whole, 'nobody')).toThrow('No field of Query carries it.');
  });
});

test('the contract for partners of the product is served by this router, and shows no more than is tagged', () => {
  const sdl = readFileSync('schema/partner.graphql', 'utf8');
  expect(() => parse(sdl)).not.toThrow();
  expect(() => assertEnforceable(sdl)).not.toThrow();
  expect(fieldsOf(sdl, 'Query')).toEqual(['execution']);
  expect(fieldsOf(sdl, 'Mutation').sort()).toEqual(['cancelExecution', 'startExecution']);
  for (const type of ['User', 'Target', 'Credential', 'AuditEvent']) expect(fieldsOf(sdl, type)).toEqual([]);
});

test('at its own address, a contract answers what is in it, and knows nothing of the rest', async () => {
  await using world = await startWorld({
    supergraphSdl: whole,
    contracts: { partner: deriveContract(whole, 'partner') },
  });
  const job = world.jobs.add('j1');
  const token = await world.token();
  const ask = async (query: string, path: string) => {
    const response = await fetch(`${world.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query }),
    });
    return (await response.json()) as { data?: unknown; errors?: { extensions: { code: string } }[] };
  };
  const inside = '{ job(id: "j1") { status startedBy { name } } }';
  expect(await ask(inside, '/partner/graphql')).toEqual({
    data: { job: { status: 'RUNNING', startedBy: { name: 'Ada' } } },
  });
  for (const query of ['{ job(id: "j1") { name } }', '{ ping }', 'mutation { startJob(name: "x") { status } }']) {
    expect((await ask(query, '/partner/graphql')).errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    expect((await ask(query, '/graphql')).errors?.[0]?.extensions.code).not.toBe('GRAPHQL_VALIDATION_FAILED');
  }
  const stream = await openHttpStream(world, {
    path: '/partner/graphql',
    query: 'subscription { job(id: "j1") { status } }',
    token,
  });
  expect(await stream.next()).toContain('RUNNING');
  job.status = 'DONE';
  await world.wakeUps.announce(['job.j1']);
  expect(await stream.next()).toContain('DONE');
  stream.leave();
});
