import { Refusal } from '@opsconductor/subgraph';
import type { Job, Schedule } from '../../generated/prisma/client.ts';
import type { DefinitionProblem } from '../workflows/validation/index.ts';

export class JobNotFound extends Refusal {
  override readonly typeName = 'JobNotFound';

  constructor() {
    super('There is no such job.');
  }
}

export class JobRevisionNotFound extends Refusal {
  override readonly typeName = 'JobRevisionNotFound';

  constructor(number: number) {
    super(`The job has no revision ${number}.`);
  }
}

export class JobNameTaken extends Refusal {
  override readonly typeName = 'JobNameTaken';

  constructor(name: string) {
    super(`There is a job named ${name} in the folder already.`);
  }
}

export class JobInvalid extends Refusal {
  override readonly typeName = 'JobInvalid';
  readonly problems: readonly DefinitionProblem[];

  constructor(problems: readonly DefinitionProblem[]) {
    super(problems.length === 1 ? 'The definition has a problem.' : `The definition has ${problems.length} problems.`);
    this.problems = problems;
  }

  override get fields() {
    return { problems: this.problems };
  }
}

export class JobChanged extends Refusal {
  override readonly typeName = 'JobChanged';
  readonly job: Job;

  constructor(job: Job) {
    super(`Somebody else has saved the job since: it is at revision ${job.revisionNumber} now.`);
    this.job = job;
  }

  override get fields() {
    return { job: this.job };
  }
}

export class JobInUse extends Refusal {
  override readonly typeName = 'JobInUse';
  readonly jobs: readonly Job[];
  readonly schedules: readonly Schedule[];

  constructor(jobs: readonly Job[], schedules: readonly Schedule[]) {
    super('Other jobs run it, or schedules start it: change those first.');
    this.jobs = jobs;
    this.schedules = schedules;
  }

  override get fields() {
    return { jobs: this.jobs, schedules: this.schedules };
  }
}
