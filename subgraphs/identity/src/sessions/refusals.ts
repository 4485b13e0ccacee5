import { Refusal } from '@opsconductor/subgraph';

/** One sentence for every reason: which address exists is not said. */
export class SignInRejected extends Refusal {
  override readonly typeName = 'SignInRejected';

  constructor() {
    super('The address or the password is wrong, or the account is disabled.');
  }
}

/** One sentence for every reason. */
export class RefreshRejected extends Refusal {
  override readonly typeName = 'RefreshRejected';

  constructor() {
    super('This refresh token does not hold any more: sign in again.');
  }
}

export class SessionNotFound extends Refusal {
  override readonly typeName = 'SessionNotFound';

  constructor() {
    super('There is no live session with this id.');
  }
}
