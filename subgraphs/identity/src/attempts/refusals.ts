import { Refusal } from '@opsconductor/subgraph';

export class TooManyAttempts extends Refusal {
  override readonly typeName = 'TooManyAttempts';
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super(`Too many attempts. Try again in ${retryAfterSeconds} s.`);
    this.retryAfterSeconds = retryAfterSeconds;
  }

  override get fields() {
    return { retryAfterSeconds: this.retryAfterSeconds };
  }
}
