import type { StoredAccount, WriteEntry } from '../sandbox/control.ts';
import type { AttemptSummary, ConnectOutcome } from '../src/index.ts';

/**
 * Everything that the auditor sees of one world, after its faults have ended and its runs have
 * closed. It is plain data: a soak collects it from outside, and the auditor's tests write it
 * directly.
 */
export interface Evidence {
  /** Every request of every caller, each try of it, in order of `n`. */
  calls: Call[];
  /** The names of all event endpoints. Each wants every type of event. */
  endpoints: readonly string[];
  /** Every request at the event endpoints, in order of `n`. */
  deliveries: Delivery[];
  /** The sandbox's log of writes, in order of `seq`. */
  writes: WriteEntry[];
  /** Every account, also a deleted one, with what the provider says about its tokens. */
  accounts: (StoredAccount & { grant: Grant })[];
  /** Every run of the namespace, open or closed. */
  runs: Run[];
  /** What `connections.get(id).result()` returned at the end, for every connection of a story. */
  outcomes: { connectionId: string; outcome: ConnectOutcome | null; error: ErrorAnswer | null }[];
  /** What `connections.list({ userId })` returned at the end, for every user of a story. */
  lists: { userId: string; attempts: AttemptSummary[]; error: ErrorAnswer | null }[];
  /** Texts that must hold no secret, in full: logs of every process, metrics, stored histories. */
  places: { name: string; text: string }[];
  /** Every secret that was issued or entered. */
  secrets: string[];
  /** The user outside of all stories, and the account that this user had from the start. */
  bystander: { userId: string; accountId: string };
  /** When the last fault ended. All times are milliseconds since 1970 on this machine's clock. */
  faultsEndedAt: number;
  /** When the auditor stopped waiting for runs to close. */
  collectedAt: number;
  /**
   * How many entries each source has by its own count, to detect lists that were cut off. `lines`
   * are those of all process logs. `lists` counts the users whose attempts the soak listed.
   */
  given: Record<
    'calls' | 'deliveries' | 'writes' | 'accounts' | 'runs' | 'lists' | 'places' | 'lines',
    number
  >;
}

/** One request of a caller. A repeat is an entry of its own, with the same `requestId`. */
export interface Call {
  /** From 1, without gaps. */
  n: number;
  /** The story of the request; `sweeps` for requests beside the stories. */
  story: string;
  userId: string | null;
  operation: Operation;
  /** The input as the caller gave it, with the client's own type names. */
  input: Record<string, unknown>;
  requestId: string | null;
  askedAt: number;
  /** Null: the caller never got an answer, which is a violation by itself. */
  answeredAt: number | null;
  value: unknown;
  error: ErrorAnswer | null;
}

export type Operation =
  | 'connectUser'
  | 'cancel'
  | 'confirm'
  | 'outcome'
  | 'refresh'
  | 'refreshOutcome'
  | 'reconnectLink'
  | 'disconnect'
  | 'disconnectResult'
  | 'keep'
  | 'enable'
  | 'disable'
  | 'updateAlias'
  | 'lapse'
  | 'renew'
  | 'offboard'
  | 'cancelOffboarding'
  | 'offboardResult'
  | 'readmit'
  | 'sweep';

/**
 * What a call threw. `code` is null for any error but a MooringError, which no caller should see.
 */
export interface ErrorAnswer {
  code: string | null;
  message: string;
  details: Record<string, unknown>;
}

/** Whether the provider accepts the account's tokens; null if there are none. */
interface Grant {
  access: boolean | null;
  refresh: boolean | null;
}

/** One request at an event endpoint. */
export interface Delivery {
  /** From 1, without gaps. */
  n: number;
  endpoint: string;
  at: number;
  /** Whether the signature and the timestamp were right. */
  isVerified: boolean;
  /** The rest is null if the body was not an event. */
  eventId: string | null;
  type: string | null;
  userId: string | null;
  body: string;
  /** The status that the endpoint answered. */
  status: number;
}

export type RunStatus =
  | 'RUNNING'
  | 'COMPLETED'
  | 'FAILED'
  | 'CANCELLED'
  | 'TERMINATED'
  | 'CONTINUED_AS_NEW'
  | 'TIMED_OUT';

/** One workflow run, as Temporal has it at the end. */
export interface Run {
  workflowId: string;
  runId: string;
  /** `connectUser`, `revokeThenDelete`, … */
  type: string;
  status: RunStatus;
  startedAt: number;
  closedAt: number | null;
  userId: string | null;
  authConfigId: string | null;
  accountId: string | null;
  phase: string | null;
  /** Decoded: the first argument, and the result or failure. */
  input: unknown;
  result: unknown;
  failure: string | null;
  /** Its answers to updates, decoded, in the order of the history. */
  updates: {
    name: string;
    updateId: string;
    accepted: boolean;
    value: unknown;
    failure: string | null;
  }[];
  /** The last failure of its workflow task, while there is one. */
  taskFailure: string | null;
  /** The run has closed, but its history does not end with the event that closes a run. */
  isCutOff: boolean;
  /** Why a replay of its history from the first event failed; null when it did not. */
  replayError: string | null;
}

/** A promise that does not hold. */
export interface Violation {
  check: CheckName;
  /** Null if the violation belongs to no story. */
  story: string | null;
  userId: string | null;
  /** One plain sentence with the ids that it is about, and never a secret. */
  what: string;
}

/** Each check has one file in `soak/audit`. */
export const checkNames = [
  'whole',
  'outcomes',
  'accounts',
  'leftovers',
  'restored',
  'events',
  'refusals',
  'stuck',
  'replays',
  'secrets',
  'bystander',
] as const;
export type CheckName = (typeof checkNames)[number];
