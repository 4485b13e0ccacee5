export const jobTopic = (id: string): string => `job.${id}`;
export { JOBS_TOPIC } from '../folders/folders.ts';
