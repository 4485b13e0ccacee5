import { Refusal } from '@opsconductor/subgraph';

export class HostKeyNotFound extends Refusal {
  override readonly typeName = 'HostKeyNotFound';

  constructor() {
    super('The target has no such host key.');
  }
}
