import type { SandboxControl } from '../sandbox/control.ts';
import type { MooringClient, MooringError } from '../src/index.ts';
import type { Person } from '../demo/person.ts';
import type { Operation } from './evidence.ts';
import type { Random } from './random.ts';

/**
 * What a story may use. All its requests to Mooring go through `ask`, so that the auditor sees
 * them.
 */
export interface Cast {
  /** `s{seed}/{number}`, and the same for each repeat of it. */
  story: string;
  userId: string;
  /** Draws from the story's own seed: the same story always draws the same values. */
  random: Random;
  mooring: MooringClient;
  sandbox: SandboxControl;
  /** Where the gateway is, for a browser and for stray webhooks. */
  gatewayUrl: string;
  returnUrl: string;
  /** A new browser of a person with this name at the provider. */
  person(name?: string): Person;
  /**
   * Makes a request and records it with its answer. It repeats the request with the same id after
   * every error that says that something is down or busy, and once after any other. It never
   * throws: the last error is a value.
   */
  ask<T>(request: Request<T>): Promise<Answer<T>>;
  /**
   * A browser opens its callback at our gateway, repeatedly while the gateway is down. Returns its
   * `location`.
   */
  comeBack(callback: URL): Promise<URL | null>;
  /** The next fault of an API call of this user, from the story's own draw. Counted as a fault. */
  fault: SandboxControl['fault'];
  /** The processes, for scripted stories that need one of them to be down at a certain moment. */
  processes: Processes;
}

export interface Request<T> {
  operation: Operation;
  input: Record<string, unknown>;
  requestId?: string;
  /** The user that the request is about; default: the story's user. */
  userId?: string;
  make: () => Promise<T>;
}

export type Answer<T> = { value: T; error: null } | { value: null; error: MooringError | Error };

export interface Processes {
  worker(n: 0 | 1): Restartable;
  gateway: Restartable;
  temporal: Restartable;
}

export interface Restartable {
  readonly name: string;
  /** SIGKILL. Resolves once it is gone. */
  kill(): Promise<void>;
  /** Starts it on the same ports and files. Resolves once it is ready. */
  start(): Promise<void>;
  /** SIGSTOP, and SIGCONT. */
  stop(): void;
  resume(): void;
}

/** `endedEarly`: why the story could not play its last steps; null when it played all of them. */
interface Played {
  endedEarly: string | null;
}

/** A story that is played for one user. It returns after its last step; the auditor judges. */
export interface Story {
  /** The steps of the story, in words: `approve, lose the callback, cancel`. */
  name: string;
  play(cast: Cast): Promise<Played>;
}
