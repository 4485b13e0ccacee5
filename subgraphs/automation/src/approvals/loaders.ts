import DataLoader from 'dataloader';
import type { Approval, ApprovalDecision, PrismaClient } from '../../generated/prisma/client.ts';

export interface ApprovalLoaders {
  readonly approval: DataLoader<string, Approval | null>;
  /** Of an approval, in the order in which they were made. */
  readonly decisions: DataLoader<string, ApprovalDecision[]>;
}

export function createApprovalLoaders(prisma: PrismaClient): ApprovalLoaders {
  return {
    approval: new DataLoader(async (ids) => {
      const rows = await prisma.approval.findMany({ where: { id: { in: [...ids] } } });
      const byId = new Map(rows.map((row) => [row.id, row]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
    decisions: new DataLoader(async (ids) => {
      const rows = await prisma.approvalDecision.findMany({
        where: { approvalId: { in: [...ids] } },
        orderBy: [{ decidedAt: 'asc' }, { userId: 'asc' }],
      });
      const byApproval = Map.groupBy(rows, ({ approvalId }) => approvalId);
      return ids.map((id) => byApproval.get(id) ?? []);
    }),
  };
}
