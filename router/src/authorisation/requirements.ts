/** What the supergraph asks of viewers, and whether this router can see to it. */
export { assertEnforceable, UnenforceableSupergraph } from './enforceable.ts';
export { readRequirements, type Requirements } from './readRequirements.ts';
export type { Requirement } from './requirement.ts';
