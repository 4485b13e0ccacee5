/**
 * Does what an access token says still hold? A token lives for minutes; the session behind it can end, and its user lose
 * permissions, at any moment. The answer is asked for when a token is first seen, whenever a wake-up of its session or
 * its principal comes, and in short intervals for as long as wake-ups may be missed. The rules are in SPEC.md.
 */
import { principalTopic, sessionTopic } from '@opsconductor/authz';
import type { UserViewer } from '@opsconductor/authz';
import type { WakeUps } from '@opsconductor/events';
import type { Log } from '@opsconductor/telemetry';
import { LRUCache } from 'lru-cache';
import { TokenRejected } from '../authentication/tokenRejected.ts';
import type { Authenticate } from '../http/credentials.ts';
import type { Clock } from '../live/clock.ts';
import { Queue } from './queue.ts';

/** @returns false when the session has ended or its user may do less than the token says. @throws nobody can tell */
export type CheckAccess = (viewer: UserViewer) => Promise<boolean>;

export interface AccessWatchOptions {
  readonly check: CheckAccess;
  readonly wakeUps: Pick<WakeUps, 'listen' | 'isConnected'>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface AccessWatch {
  /**
   * Resolves when the token holds as far as is known.
   * @throws {TokenRejected} it does not
   */
  admit(viewer: UserViewer): Promise<void>;
  /** @param revoke called once, at the latest 5 s after the token has ceased to hold. @returns ends the watching */
  watch(viewer: UserViewer, revoke: () => void): () => void;
  close(): void;
}

/** Tokens that are watched though nothing is open in their name: beyond it, the least recently used are asked for anew. */
const WATCHED_TOKENS = 10_000;
/** While wake-ups may be missed, everything is asked for again this often: the promise is 5 s. */
const BLIND_MS = 4_000;
const RETRY_MS = 2_000;
/** How long the first question may keep a request waiting; a token whose session nobody can tell of counts as good. */
const FIRST_ANSWER_MS = 2_000;
const CHECKS_AT_ONCE = 16;

export function createAccessWatch({ check, wakeUps, clock, log }: AccessWatchOptions): AccessWatch {
  const checks = new Queue(CHECKS_AT_ONCE);
  const grants = new LRUCache<string, Grant>({ max: WATCHED_TOKENS, dispose: (grant) => grant.release() });
  const live = new Set<Grant>();

  function grantOf(viewer: UserViewer): Grant {
    const key = keyOf(viewer);
    const known = grants.get(key);
    if (known) return known;
    const grant = new Grant(viewer, { checks, check, wakeUps, clock, log, ended: () => live.delete(grant) });
    live.add(grant);
    grants.set(key, grant, { ttl: Math.max(1, viewer.expiresAt.getTime() - clock.now()) });
    return grant;
  }

  let callOff = clock.after(BLIND_MS, beat);
  function beat(): void {
    grants.purgeStale();
    if (!wakeUps.isConnected()) for (const grant of live) grant.recheck();
    callOff = clock.after(BLIND_MS, beat);
  }

  return {
    async admit(viewer) {
      const grant = grantOf(viewer);
      if (!grant.isAnswered) await grant.firstAnswer;
      if (grant.isRevoked) throw new TokenRejected('its session or its permissions have ended');
    },
    watch: (viewer, revoke) => grantOf(viewer).watch(revoke),
    close() {
      callOff();
      grants.clear();
      for (const grant of live) grant.forget();
    },
  };
}

/** Authenticates, and lets nobody pass whose token is revoked. */
export function admittedBy(access: AccessWatch, authenticate: Authenticate): Authenticate {
  return async (credential) => {
    const viewer = await authenticate(credential);
    if (viewer.kind === 'user') await access.admit(viewer);
    return viewer;
  };
}

/** What is equal for tokens that grant the same. */
function keyOf({ sessionId, expiresAt, permissions }: UserViewer): string {
  return JSON.stringify([sessionId, expiresAt.getTime(), [...permissions].sort()]);
}

type GrantOptions = AccessWatchOptions & { readonly checks: Queue; readonly ended: () => void };

/** One access token, from when it is first seen until it lapses. */
class Grant {
  readonly firstAnswer: Promise<void>;
  readonly #viewer: UserViewer;
  readonly #options: GrantOptions;
  readonly #watchers = new Set<() => void>();
  readonly #stopListening: readonly (() => void)[];
  #callOffRetry: () => void = () => undefined;
  #isDue = false;
  #isChecking = false;
  #isReleased = false;
  #isForgotten = false;
  isAnswered = false;
  isRevoked = false;

  constructor(viewer: UserViewer, options: GrantOptions) {
    this.#viewer = viewer;
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    const answered = (): void => {
      this.isAnswered = true;
      resolve();
    };
    const giveUp = options.clock.after(FIRST_ANSWER_MS, answered);
    this.firstAnswer = promise.finally(giveUp);
    // Listening begins before the first question: an end between the two would be seen by neither.
    const topics = [sessionTopic(viewer.sessionId), principalTopic(viewer.userId)];
    this.#stopListening = topics.map((topic) => options.wakeUps.listen(topic, () => this.recheck()));
    void this.#checkWhileDue().then(answered);
  }

  watch(revoke: () => void): () => void {
    if (this.isRevoked) revoke();
    else this.#watchers.add(revoke);
    return () => {
      this.#watchers.delete(revoke);
      if (this.#isReleased && this.#watchers.size === 0) this.forget();
    };
  }

  /** Asks again; however often this is called meanwhile, once. */
  recheck(): void {
    this.#isDue = true;
    if (!this.#isChecking && !this.isRevoked) void this.#checkWhileDue();
  }

  /** Nobody asks for it by its token any more: it is kept for those who watch. */
  release(): void {
    this.#isReleased = true;
    if (this.#watchers.size === 0) this.forget();
  }

  forget(): void {
    if (this.#isForgotten) return;
    this.#isForgotten = true;
    this.#options.ended();
    this.#callOffRetry();
    for (const stop of this.#stopListening) stop();
  }

  async #checkWhileDue(): Promise<void> {
    this.#isChecking = true;
    this.#callOffRetry();
    do {
      this.#isDue = false;
      await this.#options.checks.run(() => this.#check());
    } while (this.#isDue && !this.isRevoked && !this.#isForgotten);
    this.#isChecking = false;
  }

  async #check(): Promise<void> {
    const { check, clock, log } = this.#options;
    if (this.#isForgotten || this.#viewer.expiresAt.getTime() <= clock.now()) return;
    try {
      if (await check(this.#viewer)) return;
    } catch (error) {
      log.warn({ err: error }, 'access.unknown');
      if (!this.#isForgotten) this.#callOffRetry = clock.after(RETRY_MS, () => this.recheck());
      return;
    }
    this.isRevoked = true;
    const { userId, sessionId } = this.#viewer;
    log.info({ userId, sessionId, watchers: this.#watchers.size }, 'access.revoked');
    for (const revoke of [...this.#watchers]) revoke();
    this.#watchers.clear();
  }
}
