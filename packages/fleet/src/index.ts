export { FleetUnavailable, createFleetClient, type Fleet, type FleetCall } from './client.ts';
export {
  FILTER_LIMIT,
  LABEL_LIMIT,
  SELECTION_LIMIT,
  judgeHostKey,
  releaseConnections,
  selectTargets,
  type PresentedHostKey,
  type ReleaseRequest,
  type ReleasedConnection,
  type ReleasedConnections,
  type SelectedTargets,
  type Selection,
} from './contract.ts';
