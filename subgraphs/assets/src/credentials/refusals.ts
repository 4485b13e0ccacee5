import { Refusal } from '@opsconductor/subgraph';

export class CredentialNameTaken extends Refusal {
  override readonly typeName = 'CredentialNameTaken';

  constructor(name: string) {
    super(`There is a credential named ${name} already.`);
  }
}

export class CredentialNotFound extends Refusal {
  override readonly typeName = 'CredentialNotFound';

  constructor() {
    super('There is no such credential.');
  }
}
