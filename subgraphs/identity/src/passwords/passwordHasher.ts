/** Password hashes: argon2id (RFC 9106) in PHC string format. */
import { randomBytes } from 'node:crypto';
import { hash, parseOptions, verify } from '@node-rs/argon2';
import { StartupFault } from '@opsconductor/process';
import { createGate } from '../gates/gate.ts';

/** `Algorithm.Argon2id` of the package, whose const enum type stripping cannot read. */
const ARGON2ID = 2;
/** The least that OWASP accepts. */
const FLOOR: HashParameters = { memoryKib: 19_456, passes: 2, lanes: 1 };
/** Each hash takes its memory and a core: more at once would only make all of them slower. */
const AT_ONCE = 2;
const WAITING = 64;
const DRAIN_SECONDS = 10;

export interface HashParameters {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

/** RFC 9106's second recommendation with one lane: about 220 ms of a core. */
export const DEFAULT_PARAMETERS: HashParameters = { memoryKib: 65_536, passes: 3, lanes: 1 };

/** Works are bounded for the whole process: `hash` and `verify` reject with `GateFull` when too many wait. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** @param stored undefined where there is no such user: false, after the same work */
  verify(stored: string | undefined, password: string): Promise<boolean>;
  /** Whether a hash was made with other parameters than today's. */
  isOutdated(stored: string): boolean;
}

/** @throws {StartupFault} the parameters are below the floor */
export async function createPasswordHasher(parameters: HashParameters = DEFAULT_PARAMETERS): Promise<PasswordHasher> {
  requireFloor(parameters);
  const options = {
    algorithm: ARGON2ID,
    memoryCost: parameters.memoryKib,
    timeCost: parameters.passes,
    parallelism: parameters.lanes,
  };
  const gate = createGate({ atOnce: AT_ONCE, waiting: WAITING, drainSeconds: DRAIN_SECONDS });
  const hashOfNobody = await hash(randomBytes(32), options);
  return {
    hash: (password) => gate(() => hash(fold(password), options)),
    async verify(stored, password) {
      const isRight = await gate(() => verify(stored ?? hashOfNobody, fold(password)));
      return stored !== undefined && isRight;
    },
    isOutdated(stored) {
      const { algorithm, memoryCost, timeCost, parallelism } = parseOptions(stored);
      return (
        (algorithm as number) !== ARGON2ID ||
        memoryCost !== options.memoryCost ||
        timeCost !== options.timeCost ||
        parallelism !== options.parallelism
      );
    },
  };
}

function requireFloor({ memoryKib, passes, lanes }: HashParameters): void {
  if (memoryKib >= FLOOR.memoryKib && passes >= FLOOR.passes && lanes >= FLOOR.lanes) return;
  throw new StartupFault(
    `Passwords have to be hashed with at least ${FLOOR.memoryKib} KiB (IDENTITY_PASSWORD_HASH_MEMORY_KIB) and ` +
      `${FLOOR.passes} passes (IDENTITY_PASSWORD_HASH_PASSES).`,
  );
}

/** The same password typed on two keyboards may be composed differently. */
function fold(password: string): string {
  return password.normalize('NFC');
}
