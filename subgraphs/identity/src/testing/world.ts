/** An identity domain of its own for one test file: real PostgreSQL, the real queue, a clock that tests move. */
import { anonymous, isPermission } from '@opsconductor/authz';
import type { UserViewer, Viewer } from '@opsconductor/authz';
import { connect } from '@opsconductor/database';
import { createJobQueue, createPostgresWakeUps, createTransact } from '@opsconductor/events';
import type { DomainEvent, JobQueue } from '@opsconductor/events';
import { Releases } from '@opsconductor/process';
import type { SubgraphResponse } from '@opsconductor/subgraph';
import { createLog } from '@opsconductor/telemetry';
import { createTestDatabase } from '@opsconductor/testkit';
import { createRootKey, createVault } from '@opsconductor/vault';
import type { Vault } from '@opsconductor/vault';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { PrismaClient, createIdentity } from '../index.ts';
import type { Identity, IdentitySettings } from '../index.ts';

export const PASSWORD = 'sunset piano granite';
const ADMIN = { name: 'Ada', email: 'ada@example.org' };
/** The floor: a tenth of the time. */
const passwordHashing = { memoryKib: 19_456, passes: 2, lanes: 1 };

export interface World {
  readonly identity: Identity;
  /** The first administrator, once {@link setUp} has made her. */
  readonly admin: UserViewer;
  readonly prisma: PrismaClient;
  readonly vault: Vault;
  readonly clock: TestClock;
  /** Runs a document for a viewer. */
  send(viewer: Viewer, query: string, variables?: object): Promise<SubgraphResponse>;
  /** As `send`: the data. @throws Error with the document and the answer when there are errors */
  ask(viewer: Viewer, query: string, variables?: object): Promise<Data>;
  /** Signs somebody in: the viewer that the router would make of their token. */
  signIn(email: string, password?: string): Promise<UserViewer>;
  /** The events that nobody has consumed yet, by type. */
  takeEvents(): Promise<DomainEvent[]>;
  /** Makes it a new installation: cheaper than a world of its own for each test. */
  startOver(): Promise<void>;
  /** Completes the set-up. Later: signs the administrator in again where her session has lapsed. */
  setUp(): Promise<void>;
  /** Another process on the same database. */
  replica(settings?: Partial<IdentitySettings>): Promise<Identity>;
  close(): Promise<void>;
}

/** As loose as JSON: documents decide its shape. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what the type system does not see
export type Data = Record<string, any>;

/** The result of a sign-in or of the set-up, or a refusal. */
export interface SignedInData {
  readonly __typename: string;
  readonly message?: string;
  readonly accessToken: string;
}

export interface UserData {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

export class TestClock {
  #now = Date.now();
  readonly now = (): Date => new Date(this.#now);

  advance(seconds: number): void {
    this.#now += seconds * 1000;
  }
}

export async function openWorld(settings: Partial<IdentitySettings> = {}): Promise<World> {
  const held = new Releases();
  const log = createLog('test', { level: 'silent' });
  const { url } = held.add(await createTestDatabase(), (it) => it.drop());
  const wakeUps = held.add(await createPostgresWakeUps({ url, log }), (it) => it.close());
  const queue = held.add(await createJobQueue({ url, log, name: 'test', supervise: false }), (it) => it.stop());
  const options = { url, schema: 'identity', applicationName: 'identity test', poolSize: 8 };
  const prisma = held.add(connect(PrismaClient, options), (it) => it.$disconnect());
  const vault = createVault({ rootKey: createRootKey() });
  const clock = new TestClock();
  const transact = createTransact(prisma, queue, wakeUps, clock.now);
  const replica = async (more: Partial<IdentitySettings> = {}): Promise<Identity> => {
    const tuned = { passwordHashing, ...settings, ...more };
    return held.add(await createIdentity({ prisma, transact, vault, log, clock: clock.now, settings: tuned }), (it) =>
      it.stop(),
    );
  };
  let identity = await replica();
  let admin: UserViewer | undefined;
  const send: World['send'] = (viewer, query, variables) => sendTo(identity, viewer, query, variables);
  const ask: World['ask'] = async (viewer, query, variables) =>
    readData(await send(viewer, query, variables), query, variables);
  const signIn: World['signIn'] = async (email, password = PASSWORD) => {
    const { signIn } = (await ask(anonymous, SIGN_IN, { email, password })) as { signIn: SignedInData };
    return readSignedIn(identity, signIn, clock);
  };
  return {
    get identity() {
      return identity;
    },
    get admin() {
      if (!admin) throw new Error('Nobody has completed the set-up.');
      return admin;
    },
    prisma,
    vault,
    clock,
    send,
    ask,
    signIn,
    takeEvents: () => takeEvents(queue),
    async startOver() {
      await takeEvents(queue);
      await prisma.$executeRaw`truncate users, attempts, installation, signing_keys cascade`;
      identity = await replica();
      admin = undefined;
    },
    async setUp() {
      if (admin && admin.expiresAt > clock.now()) return;
      if (admin) return void (admin = await signIn(ADMIN.email));
      const input = { ...ADMIN, password: PASSWORD, secret: identity.setupSecret };
      const data = await ask(anonymous, COMPLETE_SETUP, { input });
      admin = await readSignedIn(identity, data['completeSetup'] as SignedInData, clock);
    },
    replica,
    close: () => held.releaseAll(),
  };
}

export const SIGN_IN = `mutation ($email: String!, $password: String!) {
  signIn(input: { email: $email, password: $password }) {
    __typename
    ... on SignedIn { accessToken refreshToken expiresAt userId }
    ... on Refusal { message }
    ... on TooManyAttempts { retryAfterSeconds }
  }
}`;

export const COMPLETE_SETUP = `mutation ($input: CompleteSetupInput!) {
  completeSetup(input: $input) {
    __typename
    ... on SignedIn { accessToken refreshToken expiresAt userId }
    ... on Refusal { message }
    ... on InvalidInput { field }
  }
}`;

export const CREATE_USER = `mutation ($input: CreateUserInput!) {
  createUser(input: $input) {
    __typename
    ... on UserCreated { user { id name email status roles createdAt } }
    ... on Refusal { message }
    ... on InvalidInput { field }
    ... on RoleNotGrantable { role }
  }
}`;

export const DISABLE_USER = `mutation ($id: ID!) {
  disableUser(input: { id: $id }) {
    __typename
    ... on UserDisabled { user { id status } }
    ... on Refusal { message }
  }
}`;

let made = 0;

/** Creates a user with a name and an address that nobody else has. */
export async function givenUser(
  world: World,
  { roles = ['VIEWER'], password = PASSWORD }: { roles?: string[]; password?: string } = {},
): Promise<UserData> {
  made += 1;
  const input = { name: `User ${made}`, email: `user${made}@example.org`, password, roles };
  await world.setUp();
  const { createUser } = (await world.ask(world.admin, CREATE_USER, { input })) as { createUser: { user?: UserData } };
  if (!createUser.user) throw new Error(`The user was not created: ${JSON.stringify(createUser)}`);
  return createUser.user;
}

export function sendTo(
  identity: Identity,
  viewer: Viewer,
  query: string,
  variables: object = {},
): Promise<SubgraphResponse> {
  return identity.subgraph.execute(
    { query, variables: variables as Record<string, unknown> },
    { viewer, requestId: 'request-1', signal: new AbortController().signal },
  );
}

export function readData(answer: SubgraphResponse, document: string, variables: object | undefined): Data {
  if (answer.errors === undefined && answer.data) return answer.data;
  throw new Error(`The answer has errors.\n${JSON.stringify({ document, variables, answer }, null, 2)}`);
}

/** The viewer that the router would make of the access token of a sign-in. */
export async function readSignedIn(identity: Identity, signedIn: SignedInData, clock: TestClock): Promise<UserViewer> {
  if (signedIn.__typename !== 'SignedIn') throw new Error(`Nobody was signed in: ${signedIn.message}`);
  const { payload } = await jwtVerify(signedIn.accessToken, createLocalJWKSet(await identity.jwks()), {
    algorithms: ['ES256'],
    typ: 'at+jwt',
    issuer: 'opsconductor',
    audience: 'opsconductor',
    currentDate: clock.now(),
  });
  return {
    kind: 'user',
    userId: payload.sub as string,
    sessionId: payload['sid'] as string,
    permissions: new Set((payload['scope'] as string).split(' ').filter(isPermission)),
    expiresAt: new Date((payload.exp as number) * 1000),
  };
}

async function takeEvents(queue: JobQueue): Promise<DomainEvent[]> {
  const jobs = await queue.fetch<DomainEvent>('communication.audit', 1_000);
  // Those of one transaction come in any order.
  return jobs.map(({ data }) => data).sort((a, b) => a.type.localeCompare(b.type));
}
