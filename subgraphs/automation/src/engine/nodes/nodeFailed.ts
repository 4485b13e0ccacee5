/** The node cannot do what it says: the reason is shown. */
export class NodeFailed extends Error {
  override readonly name = 'NodeFailed';
}
