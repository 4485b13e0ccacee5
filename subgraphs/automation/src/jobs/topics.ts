export const jobTopic = (id: string): string => `job.${id}`;
/** Jobs are listed by folder: who sees other folders sees other jobs. */
export const JOBS_TOPIC = 'jobs';
