import { Refusal } from '@opsconductor/subgraph';

/** What was given to import is not the document of a job. */
export class DocumentUnreadable extends Refusal {
  override readonly typeName = 'JobDocumentUnreadable';
  /** From 1; null when it is not about a place. */
  readonly line: number | null;
  readonly column: number | null;

  constructor(message: string, line: number | null = null, column: number | null = null) {
    super(message);
    this.line = line;
    this.column = column;
  }

  override get fields() {
    return { line: this.line, column: this.column };
  }
}

export class JobTemplateNotFound extends Refusal {
  override readonly typeName = 'JobTemplateNotFound';

  constructor() {
    super('There is no such template.');
  }
}
