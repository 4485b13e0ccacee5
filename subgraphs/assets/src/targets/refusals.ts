import { Refusal } from '@opsconductor/subgraph';

export class TargetNameTaken extends Refusal {
  override readonly typeName = 'TargetNameTaken';

  constructor(name: string) {
    super(`There is a target named ${name} already.`);
  }
}

export class TargetNotFound extends Refusal {
  override readonly typeName = 'TargetNotFound';
  readonly ids: readonly string[];

  constructor(...ids: readonly string[]) {
    super('There is no such target.');
    this.ids = ids;
  }

  override get fields() {
    return { ids: this.ids };
  }
}
