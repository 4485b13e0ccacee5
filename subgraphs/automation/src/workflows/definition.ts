/**
 * A workflow as it is saved, edited and run: nodes and the edges between them. This is the JSON of a job's revision and
 * of its export, and what the engine walks through. Every text named `*Expression` is CEL; every {@link Template} is text
 * with `${{ CEL }}` in it, whose values are put in as data, never as shell.
 *
 * What expressions see (`scopeOf` in `validation/` has it as types):
 * - `inputs`: a value for every parameter; null where none was given and there is no default.
 * - `vars`: what `setVariables` nodes have set.
 * - `steps.<nodeId>` of each node that can have run before: `status`, `exitCode` (null where there is none), `outputs`.
 *   Of a node on targets: in a task, what it came to on the task's own target; elsewhere, `outputs` are those of its first
 *   target that succeeded. A node that was skipped is not there: `has(steps.x.outputs.y)` asks.
 * - `execution`: `id`, `number`, `startedAt` (RFC 3339).
 * - `target` in a task: `id`, `name`, `labels`. `item` and `index` (from 0) inside of a for-each.
 */
export interface Workflow {
  readonly nodes: readonly WorkflowNode[];
  readonly edges: readonly Edge[];
}

/** Text with `${{ expression }}` in it. */
export type Template = string;

/** Runs from one node to another when the first has ended in the way that `on` says. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly on: EdgeCondition;
  /** With `on: 'expression'`: a CEL boolean. */
  readonly whenExpression?: string;
  /**
   * From a `switch`: the case that this edge is for, or `default` for a value that is none of them; from a `condition`:
   * `true` or `false`; from an `approval`: `approved` or `rejected`. An edge without one is followed whatever the branch.
   */
  readonly branch?: string;
}

export type EdgeCondition = 'success' | 'failure' | 'always' | 'expression';

export type WorkflowNode = NodeSettings & NodeAction;
export type NodeKind = NodeAction['kind'];
export type ActionOf<Kind extends NodeKind> = Extract<NodeAction, { kind: Kind }>;

/** What every node has, whatever it does. */
export interface NodeSettings {
  /**
   * Unique in the job, the bodies of loops included: `[a-z][a-z0-9_]*`, at most 60 characters, no word that CEL keeps for
   * itself. Expressions name the node by it.
   */
  readonly id: string;
  /** For people. */
  readonly name?: string;
  readonly description?: string;
  /** Where the visual designer shows it. */
  readonly position?: { readonly x: number; readonly y: number };
  readonly retry?: Retry;
  /** Wall time of one attempt: of a task where the node runs on targets. */
  readonly timeoutSeconds?: number;
  /** A failure of this node counts as its end, not as the execution's: edges on failure and always are followed, and the rest goes on. */
  readonly continueOnError?: boolean;
  /** A node that is run when this one fails, before the failure counts. */
  readonly onFailure?: string;
  /** A node that undoes this one: run, in reverse order of completion, when the execution fails or is cancelled. */
  readonly compensateWith?: string;
  /** May be run again when it is not known whether it ran: after the death of an executor it is taken over, not UNKNOWN. */
  readonly safeToRepeat?: boolean;
  readonly outputs?: readonly OutputDeclaration[];
}

export interface Retry {
  /** Further attempts after the first: 0 to 20. */
  readonly limit: number;
  readonly delaySeconds: number;
  /** Each delay is the one before times this: 1 to 10. */
  readonly backoffFactor?: number;
  readonly maxDelaySeconds?: number;
  /** Which ends are tried again; FAILED, TIMED_OUT and UNREACHABLE when left out. */
  readonly on?: readonly RetriableEnd[];
}

export type RetriableEnd = 'FAILED' | 'TIMED_OUT' | 'UNREACHABLE';

/** A value that later nodes can use as `steps.<node>.outputs.<name>`; on targets, per target. */
export interface OutputDeclaration {
  readonly name: string;
  readonly type: ValueType;
  readonly from: OutputSource;
  /** A secret output is masked like a secret input and cannot be read by anyone. */
  readonly isSecret?: boolean;
}

export type ValueType = 'text' | 'integer' | 'number' | 'boolean' | 'list' | 'object';

export type OutputSource =
  | { readonly parse: 'json'; readonly path?: string }
  | { readonly parse: 'keyValue'; readonly key: string }
  | { readonly parse: 'regex'; readonly pattern: string; readonly group?: number }
  | { readonly parse: 'stdout' }
  | { readonly parse: 'exitCode' };

/** On which targets, and how, a node that works on targets runs. */
export interface FanOut {
  /** The execution's own targets when left out. In the target filter language; narrows them to those that match. */
  readonly filter?: string;
  /** Tasks at once, over all executors. */
  readonly concurrency?: number;
  /** Sizes of the batches: `10`, `"25%"`, or a list whose last entry repeats. One batch when left out. */
  readonly batches?: readonly (number | string)[];
  /** Before the first batch: so many targets alone, all of which have to succeed. */
  readonly canary?: number;
  readonly order?: 'name' | 'inventory' | 'random' | 'reverse';
  /** The step fails, and no further task is begun, when more tasks than this failed. `0` stops at the first failure. */
  readonly maxFailures?: { readonly over: 'step' | 'batch'; readonly limit: number | string };
  readonly runOnce?: boolean;
  /** At most so many tasks at once on targets that have the same value of this label, over all executions. */
  readonly limitPerLabel?: { readonly label: string; readonly limit: number };
  /** One task at a time on one target over all executions. */
  readonly lockTarget?: boolean;
  /** Batches take from each value of this label in turn. */
  readonly spreadBy?: string;
}

/** How a command or script runs on a target. */
export interface RunSettings {
  readonly fanOut?: FanOut;
  readonly runAs?: { readonly user: string; readonly method: 'sudo' | 'su' };
  readonly environment?: Readonly<Record<string, Template>>;
  readonly workingDirectory?: Template;
  /** A repeated start on the target is noticed there and re-attached to. */
  readonly guard?: boolean;
}

export type NodeAction =
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }
  | ({ readonly kind: 'command'; readonly command: Template } & RunSettings)
  | ({
      readonly kind: 'script';
      readonly script: Template;
      readonly interpreter: Interpreter;
      readonly arguments?: readonly Template[];
    } & RunSettings)
  | ({
      readonly kind: 'libraryStep';
      readonly library: string;
      readonly version: string;
      readonly step: string;
      readonly parameters: Readonly<Record<string, unknown>>;
    } & RunSettings)
  | ({
      readonly kind: 'upload';
      readonly artifact: Template;
      readonly path: Template;
      readonly mode?: string;
    } & RunSettings)
  | ({ readonly kind: 'download'; readonly path: Template; readonly artifact: Template } & RunSettings)
  | ({
      readonly kind: 'sync';
      readonly artifact: Template;
      readonly path: Template;
      readonly deleteExtraneous?: boolean;
    } & RunSettings)
  | ({
      readonly kind: 'templateFile';
      readonly template: Template;
      readonly path: Template;
      readonly mode?: string;
    } & RunSettings)
  | {
      readonly kind: 'http';
      readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD';
      readonly url: Template;
      readonly headers?: Readonly<Record<string, Template>>;
      readonly body?: Template;
      /** Statuses that are a success; 200 to 299 when left out. */
      readonly expectedStatuses?: readonly number[];
    }
  | { readonly kind: 'wait'; readonly secondsExpression: string }
  | {
      readonly kind: 'waitUntil';
      /** Looked at every so often, until it holds or the node's timeout is over. */
      readonly conditionExpression: string;
      readonly everySeconds: number;
      /** Run before each look: a node that no edge leads to, whose outputs the condition reads. */
      readonly node?: string;
    }
  | {
      readonly kind: 'approval';
      readonly message: Template;
      readonly quorum?: number;
      readonly expiresAfterSeconds?: number;
      /** As long as nobody has decided, a reminder every so often. */
      readonly remindEverySeconds?: number;
      readonly mayRequesterApprove?: boolean;
      /** Who holds everything that one of these roles holds may decide; whoever may decide at all when left out. */
      readonly approverRoles?: readonly string[];
      /** A form that approvers fill in: the answer of the one whose approval was the last that was needed is the node's outputs. */
      readonly form?: readonly Parameter[];
    }
  | { readonly kind: 'condition'; readonly conditionExpression: string }
  | { readonly kind: 'switch'; readonly valueExpression: string; readonly cases: readonly string[] }
  | { readonly kind: 'parallel' }
  | { readonly kind: 'join'; readonly needs?: 'all' | 'any' | number }
  | {
      readonly kind: 'forEach';
      /** A CEL list. */
      readonly itemsExpression: string;
      readonly concurrency?: number;
      /** Run once for each item, with `item` and `index`. */
      readonly body: Workflow;
    }
  | {
      readonly kind: 'subJob';
      readonly jobId: string;
      /** The newest one when left out. */
      readonly revision?: number;
      readonly inputExpressions?: Readonly<Record<string, string>>;
      readonly waitForEnd?: boolean;
    }
  | { readonly kind: 'setVariables'; readonly variableExpressions: Readonly<Record<string, string>> }
  | { readonly kind: 'transform'; readonly outputExpressions: Readonly<Record<string, string>> }
  | { readonly kind: 'notification'; readonly channel: string; readonly subject: Template; readonly body: Template }
  | { readonly kind: 'assert'; readonly conditionExpression: string; readonly message?: Template };

/** A program that reads the script: one of the known ones, or a path on the target with its arguments. */
export type Interpreter =
  'sh' | 'bash' | 'python3' | 'pwsh' | { readonly path: string; readonly arguments?: readonly string[] };

/** What somebody who starts a job is asked for. */
export interface Parameter {
  /** `[a-z][A-Za-z0-9_]*`, at most 60 characters. */
  readonly name: string;
  readonly label?: string;
  readonly description?: string;
  readonly type: ParameterType;
  readonly isRequired?: boolean;
  /** Of the parameter's type; never for a secret. */
  readonly default?: unknown;
  /** Of `choice` and `multiChoice`. */
  readonly options?: ParameterOptions;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  /** RE2 syntax; the whole value has to match. */
  readonly pattern?: string;
  /** Asked for only when this CEL boolean over `inputs` holds. */
  readonly visibleExpression?: string;
}

export type ParameterType =
  | 'text'
  | 'secret'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'date'
  | 'choice'
  | 'multiChoice'
  | 'targetFilter'
  | 'credential'
  | 'file';

export type ParameterOptions =
  | { readonly from: 'list'; readonly values: readonly { readonly value: string; readonly label?: string }[] }
  /** A JSON list of texts or of `{ value, label }`; `${{ inputs.x }}` in the address makes it depend on another parameter. */
  | { readonly from: 'url'; readonly url: Template }
  /** The list output of a node of the newest successful execution of another job. */
  | { readonly from: 'execution'; readonly jobId: string; readonly node: string; readonly output: string };

/** What a job says about how its executions are run. */
export interface JobPolicies {
  /** Executions of this job at once. */
  readonly concurrency?: { readonly limit: number; readonly whenFull: 'queue' | 'refuse' };
  readonly timeoutSeconds?: number;
  readonly retries?: number;
  readonly priority?: number;
  /** Before it begins. */
  readonly approval?: Omit<ActionOf<'approval'>, 'kind'>;
  readonly notifications?: readonly { readonly on: 'started' | 'succeeded' | 'failed'; readonly channel: string }[];
  /** Executions older than this, or beyond so many, are removed. */
  readonly retention?: { readonly days?: number; readonly count?: number };
  /** Label that an executor needs to run the tasks. */
  readonly executorLabel?: string;
}

/** What a revision of a job says: all that is needed to run it. */
export interface JobDefinition {
  readonly description?: string;
  readonly parameters: readonly Parameter[];
  readonly workflow: Workflow;
  /** In the target filter language; a start may narrow it. */
  readonly targetFilter?: string;
  readonly targetIds?: readonly string[];
  readonly policies?: JobPolicies;
}
