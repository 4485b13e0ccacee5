import { DEFAULT_PARAMETERS } from './passwords/passwordHasher.ts';
import type { HashParameters } from './passwords/passwordHasher.ts';
import type { SessionLife } from './sessions/sessionLife.ts';

/** What an operator may tune. */
export interface IdentitySettings {
  /** `iss` and `aud` of access tokens. Routers have to expect the same. */
  readonly issuer: string;
  readonly audience: string;
  /** Life of an access token. */
  readonly accessTokenSeconds: number;
  readonly sessionLife: SessionLife;
  /** A signing key is replaced after this time. */
  readonly signingKeyRotationDays: number;
  /** How passwords are hashed from now on; older hashes are renewed when their owners sign in. */
  readonly passwordHashing: HashParameters;
  /** Stands in API keys: lower case letters and digits. */
  readonly keyEnvironment: string;
  /** The one-time set-up secret to use instead of a random one. */
  readonly setupSecret?: string | undefined;
}

const defaults: IdentitySettings = {
  issuer: 'opsconductor',
  audience: 'opsconductor',
  accessTokenSeconds: 5 * 60,
  sessionLife: { idleSeconds: 7 * 24 * 60 * 60, longestSeconds: 30 * 24 * 60 * 60 },
  signingKeyRotationDays: 90,
  passwordHashing: DEFAULT_PARAMETERS,
  keyEnvironment: 'prod',
};

export function resolveSettings(given: Partial<IdentitySettings> = {}): IdentitySettings {
  return { ...defaults, ...given };
}
