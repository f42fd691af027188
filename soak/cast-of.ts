import { Person } from '../demo/person.ts';
import type { CallBook } from './caller.ts';
import type { Cast, Processes, Restartable } from './cast.ts';
import { comeBack } from './come-back.ts';
import { Random } from './random.ts';
import { secretsOnTheWay } from './seen-secrets.ts';
import { returnUrl, type Stack } from './stack.ts';
import type { Part } from './world.ts';

/** The cast for the story of this part. */
export function castOf(part: Part, stack: Stack, book: CallBook): Cast {
  const { id: story, userId } = part;
  const { mooring, sandbox, gatewayUrl, processes } = stack;
  const onFault = () => book.onFault();
  return {
    story,
    userId,
    random: new Random(part.seed),
    mooring,
    sandbox,
    gatewayUrl,
    returnUrl,
    processes: withFaultNotes(processes, onFault),
    // The provider takes plain names only, and user ids are hostile.
    person: (name = story.replace('/', '-')) => new Person(name),
    ask: (request) => book.ask(story, userId, request),
    comeBack: async (callback) => {
      const since = Date.now();
      const home = await comeBack(callback, () => book.isPatient(since));
      for (const secret of secretsOnTheWay(callback, home)) book.secrets.add(secret);
      return home;
    },
    fault: async (rule) => {
      onFault();
      await sandbox.fault(rule);
    },
  };
}

/** Whatever a story does to a process counts as a fault too. */
function withFaultNotes(processes: Processes, onFault: () => void): Processes {
  const noted = (one: Restartable): Restartable => ({
    name: one.name,
    kill: () => one.kill().finally(onFault),
    start: () => one.start().finally(onFault),
    stop: () => {
      onFault();
      one.stop();
    },
    resume: () => {
      onFault();
      one.resume();
    },
  });
  return {
    worker: (n) => noted(processes.worker(n)),
    gateway: noted(processes.gateway),
    temporal: noted(processes.temporal),
  };
}
