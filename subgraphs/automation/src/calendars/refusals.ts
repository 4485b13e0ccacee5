import { Refusal } from '@opsconductor/subgraph';
import type { Calendar, Schedule } from '../../generated/prisma/client.ts';

export class CalendarNotFound extends Refusal {
  override readonly typeName = 'CalendarNotFound';

  constructor() {
    super('There is no such calendar.');
  }
}

export class CalendarNameTaken extends Refusal {
  override readonly typeName = 'CalendarNameTaken';

  constructor(name: string) {
    super(`There is a calendar with the name ${name} already.`);
  }
}

export class CalendarChanged extends Refusal {
  override readonly typeName = 'CalendarChanged';
  readonly calendar: Calendar;

  constructor(calendar: Calendar) {
    super(`The calendar has been saved by somebody else since: it is at version ${calendar.version}.`);
    this.calendar = calendar;
  }

  override get fields() {
    return { calendar: this.calendar };
  }
}

export class CalendarInUse extends Refusal {
  override readonly typeName = 'CalendarInUse';
  readonly schedules: readonly Schedule[];

  constructor(schedules: readonly Schedule[]) {
    super('Schedules use the calendar: take it out of them first.');
    this.schedules = schedules;
  }

  override get fields() {
    return { schedules: this.schedules };
  }
}
