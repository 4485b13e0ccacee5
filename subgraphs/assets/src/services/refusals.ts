import { Refusal } from '@opsconductor/subgraph';

export class ServiceDefinitionTaken extends Refusal {
  override readonly typeName = 'ServiceDefinitionTaken';

  constructor(key: string) {
    super(`There is a service definition ${key} already.`);
  }
}
