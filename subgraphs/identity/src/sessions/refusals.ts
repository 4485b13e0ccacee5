import { Refusal } from '@opsconductor/subgraph';

/** One sentence for every reason: which address exists is not said. */
export class SignInRejected extends Refusal {
  override readonly typeName = 'SignInRejected';

  constructor() {
    super('The address or the password is wrong, or the account is disabled.');
  }
}
