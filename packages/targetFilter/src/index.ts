export { FilterFault } from './faults.ts';
export { criticalities, hostKeyStates, kindOf, reachabilities, type FieldName, type Subject } from './fields.ts';
export {
  FILTER_LIMITS,
  allOf,
  anyOf,
  conditionsOf,
  everything,
  not,
  specificityOf,
  type Comparison,
  type Condition,
  type Filter,
  type Test,
} from './filter.ts';
export { readFilterTree, type ConditionTree, type FilterTree, type TreeOperator } from './filterTree.ts';
export { compileFilter, type AttributeValue, type FilterTarget, type MatchesTarget } from './matchFilter.ts';
export { parseFilter } from './parseFilter.ts';
export { toPortablePattern } from './pattern.ts';
export { printFilter } from './printFilter.ts';
