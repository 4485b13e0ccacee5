export { type DefinitionProblem, type ProblemCode } from './problem.ts';
export { findValueFault } from './parameters.ts';
export { inputTypes, predecessorsOf, scopeOf, withTarget, type Surroundings } from './scopes.ts';
export { validateDefinition, type ValidatedDefinition } from './validateDefinition.ts';
export { DEFINITION_BYTES } from './parseDefinition.ts';
