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

export class CredentialInUse extends Refusal {
  override readonly typeName = 'CredentialInUse';
  readonly targetCount: number;
  readonly bindingCount: number;

  constructor(targetCount: number, bindingCount: number) {
    super(`${targetCount} targets and ${bindingCount} bindings name this credential. Give them another one first.`);
    this.targetCount = targetCount;
    this.bindingCount = bindingCount;
  }

  override get fields() {
    return { targetCount: this.targetCount, bindingCount: this.bindingCount };
  }
}

export class CredentialBindingNotFound extends Refusal {
  override readonly typeName = 'CredentialBindingNotFound';

  constructor() {
    super('There is no such binding.');
  }
}

export class CredentialKindTaken extends Refusal {
  override readonly typeName = 'CredentialKindTaken';

  constructor(name: string) {
    super(`There is a kind of credential named ${name} already.`);
  }
}
