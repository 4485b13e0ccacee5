import { Refusal } from '@opsconductor/subgraph';
import type { Schedule } from '../../generated/prisma/client.ts';

export class ScheduleNotFound extends Refusal {
  override readonly typeName = 'ScheduleNotFound';

  constructor() {
    super('There is no such schedule.');
  }
}

export class ScheduleChanged extends Refusal {
  override readonly typeName = 'ScheduleChanged';
  readonly schedule: Schedule;

  constructor(schedule: Schedule) {
    super(`The schedule has been saved by somebody else since: it is at version ${schedule.version}.`);
    this.schedule = schedule;
  }

  override get fields() {
    return { schedule: this.schedule };
  }
}
