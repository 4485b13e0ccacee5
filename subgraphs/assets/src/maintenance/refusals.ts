import { Refusal } from '@opsconductor/subgraph';

export class MaintenanceNotFound extends Refusal {
  override readonly typeName = 'MaintenanceNotFound';

  constructor() {
    super('There is no such window of maintenance, or it is over.');
  }
}
