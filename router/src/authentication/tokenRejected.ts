/** A token does not hold. `reason` is for the log; the message is for the client and says no more than what helps. */
export class TokenRejected extends Error {
  readonly code = 'UNAUTHENTICATED';
  readonly reason: string;
  /** True when the token was ours and has lapsed: refreshing helps. False: only signing in does. */
  readonly isExpired: boolean;

  constructor(reason: string, options: { isExpired?: boolean; cause?: unknown } = {}) {
    const { isExpired = false, cause } = options;
    super(isExpired ? 'The access token has expired: refresh it.' : 'The access token is not valid: sign in again.', {
      cause,
    });
    this.name = 'TokenRejected';
    this.reason = reason;
    this.isExpired = isExpired;
  }
}

/** The keys to verify with could not be fetched: nothing is said about the token. */
export class KeysUnavailable extends Error {
  readonly code = 'UNAVAILABLE';

  constructor(cause: unknown) {
    super('Access tokens cannot be verified at the moment: try again.', { cause });
    this.name = 'KeysUnavailable';
  }
}
