import { FILTER_LIMIT, FleetUnavailable, LABEL_LIMIT, SELECTION_LIMIT } from '@opsconductor/fleet';
import type { FleetCall } from '@opsconductor/fleet';
import type { Fleet, Selection } from '@opsconductor/fleet';
import { InvalidInput, Unavailable } from '@opsconductor/subgraph';
import type { TargetSelection } from '../../generated/graphql.ts';
import { NoTargetSelected, TargetNotFound } from './refusals.ts';

const ID_LENGTH = 100;

/**
 * @returns the selection in one spelling: equal ones are equal
 * @throws {InvalidInput}
 */
export function checkSelection({ targetIds, labels, filter }: TargetSelection): Selection {
  const ids = targetIds ? [...new Set(targetIds)].sort() : undefined;
  if (!ids?.length && !labels?.length && filter == null)
    throw new InvalidInput('selection', 'Name at least one target or one label, or give a filter.');
  if (filter != null && (filter.length > FILTER_LIMIT || !isStorable(filter)))
    throw new InvalidInput('selection.filter', `A filter has at most ${FILTER_LIMIT} printable characters.`);
  if (ids && ids.length > SELECTION_LIMIT) throw tooManyTargets();
  if (ids?.some((id) => id.length > ID_LENGTH)) throw new InvalidInput('selection.targetIds', 'An id is too long.');
  if (labels && labels.length > LABEL_LIMIT)
    throw new InvalidInput('selection', `A selection has at most ${LABEL_LIMIT} labels.`);
  return {
    ...(ids && { targetIds: ids }),
    ...(labels && { labels: labels.map(({ key, value }) => ({ key, value })) }),
    ...(filter != null && { filter }),
  };
}

/** What a hash of a request says of its selection. */
export function canonicalSelection({ targetIds, labels, filter }: Selection): unknown[] {
  return [
    targetIds ?? null,
    labels?.map(({ key, value }) => [key, value]).sort() ?? null,
    // Left out where there is none: hashes of before have none.
    ...(filter === undefined ? [] : [filter]),
  ];
}

export interface SelectedTarget {
  readonly id: string;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * Resolves a selection in the rights of the viewer.
 * @throws {InvalidInput} {@link TargetNotFound} {@link NoTargetSelected}
 */
export async function selectTargets(
  { fleet, ...call }: FleetCall & { readonly fleet: Fleet },
  selection: Selection,
): Promise<SelectedTarget[]> {
  try {
    const selected = await fleet.selectTargets(selection, call);
    if (selected.filterFault !== undefined) throw new InvalidInput('selection.filter', selected.filterFault);
    if (selected.missingIds.length > 0) throw new TargetNotFound(selected.missingIds);
    if (selected.exceedsLimit) throw tooManyTargets();
    if (selected.targets.length === 0) throw new NoTargetSelected();
    return selected.targets;
  } catch (error) {
    if (error instanceof FleetUnavailable)
      throw new Unavailable('The targets cannot be looked up now. Nothing was started.', { cause: error });
    throw error;
  }
}

/** PostgreSQL stores no NUL, and JSON in it no lone surrogate. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function tooManyTargets(): InvalidInput {
  return new InvalidInput('selection', `An execution has at most ${SELECTION_LIMIT} targets.`);
}
