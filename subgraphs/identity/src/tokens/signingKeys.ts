/**
 * The keys that sign access tokens. A new key is published before it signs, and an old one stays published until the
 * last token that it signed has lapsed: whoever verifies with a key set of the last minutes never meets an unknown key.
 * Which key is next, active or retired follows from the clock alone, so that there is no step to be forgotten.
 */
import { randomUUID } from 'node:crypto';
import { generateSigningKey, publicPart } from '@opsconductor/authz';
import { Secret } from '@opsconductor/vault';
import type { Vault } from '@opsconductor/vault';
import { importJWK } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import type { Prisma, PrismaClient, SigningKey } from '../../generated/prisma/client.ts';

/** Longer than routers keep a key set, 10 minutes. */
const PUBLISHED_BEFORE_SECONDS = 15 * 60;
/** What clocks may differ by. */
const SKEW_SECONDS = 60;
/** How old our own knowledge of the keys may be: far below {@link PUBLISHED_BEFORE_SECONDS}. */
const REREAD_SECONDS = 30;

export interface SigningKeysDeps {
  readonly prisma: PrismaClient;
  readonly vault: Vault;
  readonly clock: () => Date;
  /** How long what a key signs has to be verifiable. */
  readonly tokenSeconds: number;
  /** After this time a key is replaced. */
  readonly rotationDays: number;
}

export interface SigningKeys {
  /** The key that signs now. */
  getActive(): Promise<{ readonly id: string; readonly privateKey: CryptoKey }>;
  /** All public keys that tokens may have to be verified with (RFC 7517). */
  jwks(): Promise<{ keys: JWK[] }>;
  /** Makes the first key, and a new one when the newest has grown old. */
  keep(): Promise<void>;
  /** Replaces the active key, unless that is under way already. */
  rotate(): Promise<void>;
}

/** Several processes on one database have the same keys. Call `keep` before anything else. */
export function createSigningKeys(deps: SigningKeysDeps): SigningKeys {
  const { clock, vault } = deps;
  const opened = new Map<string, Promise<CryptoKey>>();
  let known: { readonly at: number; readonly keys: Promise<SigningKey[]> } | undefined;

  async function listPublished(): Promise<SigningKey[]> {
    const now = clock().getTime();
    if (!known || Math.abs(now - known.at) > REREAD_SECONDS * 1000) known = { at: now, keys: listKeys(deps.prisma) };
    try {
      return (await known.keys).filter(({ retiresAt }) => retiresAt === null || retiresAt.getTime() > now);
    } catch (error) {
      known = undefined;
      throw error;
    }
  }
  function open(key: SigningKey): Promise<CryptoKey> {
    const privateKey = opened.get(key.id) ?? openKey(vault, key);
    opened.set(key.id, privateKey);
    return privateKey;
  }
  async function replaceWhen(isDue: (newest: SigningKey | undefined) => boolean): Promise<void> {
    await replaceNewest(deps, isDue);
    known = undefined;
  }

  return {
    async getActive() {
      const now = clock();
      const key = (await listPublished()).find(({ activeFrom }) => activeFrom <= now);
      if (!key) throw new Error('There is no key to sign access tokens with.');
      return { id: key.id, privateKey: await open(key) };
    },
    jwks: async () => ({ keys: (await listPublished()).map(({ publicJwk }) => publicJwk as unknown as JWK) }),
    keep: () => replaceWhen((newest) => !newest || isOld(newest, deps)),
    rotate: () => replaceWhen((newest) => !newest || newest.activeFrom <= clock()),
  };
}

/** Newest first. */
function listKeys(prisma: PrismaClient): Promise<SigningKey[]> {
  return prisma.signingKey.findMany({ orderBy: { activeFrom: 'desc' } });
}

function isOld({ activeFrom }: SigningKey, { clock, rotationDays }: SigningKeysDeps): boolean {
  return activeFrom.getTime() + rotationDays * 24 * 60 * 60 * 1000 <= clock().getTime();
}

/** Under a lock: of several processes that find a key missing or old at once, one makes the new one. */
function replaceNewest(deps: SigningKeysDeps, isDue: (newest: SigningKey | undefined) => boolean): Promise<void> {
  const { prisma, vault, clock, tokenSeconds } = deps;
  return prisma.$transaction(async (db) => {
    await db.$executeRaw`select pg_advisory_xact_lock(hashtextextended('identity.signing_keys', 0))`;
    const newest = await db.signingKey.findFirst({ orderBy: { activeFrom: 'desc' } });
    if (!isDue(newest ?? undefined)) return;
    const now = clock();
    // The very first key signs at once: nobody has a key set yet.
    const activeFrom = newest ? later(now, PUBLISHED_BEFORE_SECONDS) : now;
    await db.signingKey.updateMany({
      where: { retiresAt: null },
      data: { retiresAt: later(activeFrom, tokenSeconds + SKEW_SECONDS) },
    });
    await db.signingKey.create({ data: { ...sealNewKey(vault), activeFrom } });
    await db.signingKey.deleteMany({ where: { retiresAt: { lt: now } } });
  });
}

type SealedKey = Pick<Prisma.SigningKeyCreateInput, 'id' | 'sealed' | 'publicJwk'> & { id: string };

function sealNewKey(vault: Vault): SealedKey {
  const id = randomUUID();
  const jwk = { ...generateSigningKey(), kid: id };
  return {
    id,
    sealed: vault.seal(Secret.from(JSON.stringify(jwk)), placeOf(id)),
    publicJwk: publicPart(jwk),
  };
}

async function openKey(vault: Vault, { id, sealed }: SigningKey): Promise<CryptoKey> {
  const jwk = JSON.parse(vault.open(sealed, placeOf(id)).reveal()) as JWK;
  return (await importJWK(jwk, 'ES256')) as CryptoKey;
}

function placeOf(id: string) {
  return { table: 'signing_keys', row: id, field: 'sealed', version: 1 };
}

function later(instant: Date, seconds: number): Date {
  return new Date(instant.getTime() + seconds * 1000);
}
