/** A token does not hold. `reason` is for the log; the message is for the client and says no more than what helps. */
export class TokenRejected extends Error {
  readonly code = 'UNAUTHENTICATED';
  readonly reason: string;
  /** True when the token was ours and has lapsed: refreshing helps. False: only signing in does. */
  readonly isExpired: boolean;

  constructor(reason: string, options: { isExpired?: boolean; message?: string; cause?: unknown } = {}) {
    const { isExpired = false, message = 'The access token is not valid: sign in again.', cause } = options;
    super(isExpired ? 'The access token has expired: refresh it.' : message, { cause });
    this.name = 'TokenRejected';
    this.reason = reason;
    this.isExpired = isExpired;
  }
}

/** An API key does not hold. One sentence for every reason. */
export class KeyRejected extends TokenRejected {
  constructor(reason: string) {
    super(`API key: ${reason}`, { message: 'The API key does not hold.' });
    this.name = 'KeyRejected';
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

/** Nobody could say whose an API key is: nothing is said about the key. */
export class IdentityUnavailable extends KeysUnavailable {
  constructor(cause: unknown) {
    super(cause);
    this.name = 'IdentityUnavailable';
    this.message = 'API keys cannot be checked at the moment: try again.';
  }
}
