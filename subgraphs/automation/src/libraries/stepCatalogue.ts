import type { PrismaClient } from '../../generated/prisma/client.ts';
import type { StepDefinition } from './definition.ts';
import { stepsOf } from './libraries.ts';

/** A workflow names a step that is not installed. */
export class StepNotInstalled extends Error {
  constructor({ library, version, step }: StepName) {
    super(`There is no step ${step} in version ${version} of the library ${library}.`);
    this.name = 'StepNotInstalled';
  }
}

export interface StepName {
  readonly library: string;
  readonly version: string;
  readonly step: string;
}

const KEPT = 50;

/** The steps that an executor runs. A version of a library never changes, so that it is read once. */
export class StepCatalogue {
  readonly #prisma: PrismaClient;
  readonly #libraries = new Map<string, readonly StepDefinition[]>();

  constructor(prisma: PrismaClient) {
    this.#prisma = prisma;
  }

  /** @throws {StepNotInstalled} */
  async getStep(name: StepName): Promise<StepDefinition> {
    const step = (await this.#readSteps(name)).find((each) => each.name === name.step);
    if (!step) throw new StepNotInstalled(name);
    return step;
  }

  async #readSteps({ library, version }: StepName): Promise<readonly StepDefinition[]> {
    const key = JSON.stringify([library, version]);
    const known = this.#libraries.get(key);
    if (known) return known;
    const found = await this.#prisma.stepLibrary.findUnique({ where: { name_version: { name: library, version } } });
    if (!found) return [];
    const steps = stepsOf(found);
    this.#libraries.set(key, steps);
    const [oldest] = this.#libraries.keys();
    if (this.#libraries.size > KEPT && oldest !== undefined) this.#libraries.delete(oldest);
    return steps;
  }
}
