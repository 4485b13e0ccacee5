/** The world behind the test graph: a few people and jobs, changed by the tests. */
export interface Job {
  readonly id: string;
  name: string;
  status: string;
  startedBy: string;
}

export interface JobEvent {
  readonly sequence: number;
  readonly text: string;
}

export class Jobs {
  readonly jobs = new Map<string, Job>();
  readonly events = new Map<string, JobEvent[]>();
  /** Root fields that were resolved, in order. */
  readonly resolved: string[] = [];

  add(id: string, fields: Partial<Job> = {}): Job {
    const job = { id, name: `job ${id}`, status: 'RUNNING', startedBy: 'p1', ...fields };
    this.jobs.set(id, job);
    this.events.set(id, []);
    return job;
  }

  record(jobId: string, text: string): void {
    const events = this.events.get(jobId) as JobEvent[];
    events.push({ sequence: events.length + 1, text });
  }

  /** A page of a feed as in the contract: on an empty page, `endCursor` is the `after` that was given. */
  page(jobId: string, after: string | null, first: number) {
    const from = Number(after ?? 0);
    const all = this.events.get(jobId) ?? [];
    const nodes = all.slice(from, from + first);
    const endCursor = nodes.length > 0 ? String(from + nodes.length) : after;
    return { nodes, pageInfo: { endCursor, hasNextPage: from + nodes.length < all.length } };
  }
}

export const people = new Map([
  ['p1', { id: 'p1', name: 'Ada', email: 'ada@example.test' }],
  ['p2', { id: 'p2', name: 'Lin', email: 'lin@example.test' }],
]);
