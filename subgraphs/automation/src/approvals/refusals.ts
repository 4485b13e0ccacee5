import { Refusal } from '@opsconductor/subgraph';
import type { Approval } from '../../generated/prisma/client.ts';

export class ApprovalNotFound extends Refusal {
  override readonly typeName = 'ApprovalNotFound';

  constructor() {
    super('There is no such approval.');
  }
}

export class ApprovalEnded extends Refusal {
  override readonly typeName = 'ApprovalEnded';
  readonly approval: Approval;

  constructor(approval: Approval) {
    super(approval.status === 'PENDING' ? 'The time to decide is over.' : `It has ended already: ${approval.status}.`);
    this.approval = approval;
  }

  override get fields() {
    return { approval: this.approval };
  }
}

export class ApprovalChanged extends Refusal {
  override readonly typeName = 'ApprovalChanged';
  readonly approval: Approval;

  constructor(approval: Approval) {
    super('What is to be approved has changed: read it again.');
    this.approval = approval;
  }

  override get fields() {
    return { approval: this.approval };
  }
}

export class ApprovalNotForViewer extends Refusal {
  override readonly typeName = 'ApprovalNotForViewer';
}
