export const APPROVALS_TOPIC = 'approvals';
export const approvalTopic = (id: string): string => `approval.${id}`;
