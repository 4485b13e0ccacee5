import { Refusal } from '@opsconductor/subgraph';
import type { LibraryProblem } from './definition.ts';

export class StepLibraryInvalid extends Refusal {
  override readonly typeName = 'StepLibraryInvalid';
  readonly problems: readonly LibraryProblem[];

  constructor(problems: readonly LibraryProblem[]) {
    super(problems.length === 1 ? 'The library has a mistake.' : `The library has ${problems.length} mistakes.`);
    this.problems = problems;
  }

  override get fields() {
    return { problems: this.problems };
  }
}

export class StepLibraryConflict extends Refusal {
  override readonly typeName = 'StepLibraryConflict';

  constructor(name: string, version: string) {
    super(`Version ${version} of ${name} is installed with another content. Give the new content a new version.`);
  }
}
