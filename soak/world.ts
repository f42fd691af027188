import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { CloseStack } from '../src/process/close-stack.ts';
import { playBackground } from './background.ts';
import { CallBook } from './caller.ts';
import type { Story } from './cast.ts';
import { castOf } from './cast-of.ts';
import { collectEvidence } from './collect.ts';
import type { Evidence } from './evidence.ts';
import { drawFaults, playFaults } from './faults.ts';
import { Random } from './random.ts';
import { endpointNames } from './receiver.ts';
import { waitUntilClosed } from './settle.ts';
import { openStack, type Stack, type StackPlan } from './stack.ts';

/** This many users at once keep both cores busy without starving each other. */
const sideBySide = 30;
/** The time in which the faults occur. */
const spanMs = 45_000;

/** A story with its user. */
export interface Part {
  /** The same for each repeat. */
  id: string;
  userId: string;
  story: Story;
  /** The seed of the story's draws. */
  seed: number;
  /** The story runs alone, after the others: it stops processes. */
  isAlone?: boolean;
}

export interface WorldPlan extends Pick<StackPlan, 'cli' | 'temporalPort' | 'source' | 'bundle'> {
  folder: string;
  name: string;
  seed: number;
  parts: readonly Part[];
  /** Plays kills, stops, API faults, endpoints that are down, stray webhooks and sweeps. */
  rough: boolean;
  /** Replays with this bundle; default: the one of the workers. */
  replayBundle?: string;
}

export interface World {
  evidence: Evidence;
  /** API faults that hit a call. */
  faults: number;
  /** By the name of the process. */
  kills: Record<string, number>;
  /** How often a process exited although the soak had not killed it. */
  crashes: number;
  /** Stories that threw, which is a bug of the story: the auditor has seen only part of it. */
  broken: { story: string; error: string }[];
  /** Stories whose last steps were not played, because a step before them was refused. */
  endedEarly: { story: string; why: string }[];
}

type Played = Pick<World, 'broken' | 'endedEarly'>;

/**
 * Starts a stack, plays its stories with its faults, waits for its runs to close, and collects the
 * evidence.
 */
export async function playWorld(plan: WorldPlan, held: CloseStack): Promise<World> {
  const stack = await openStack(
    { ...plan, settings: plan.rough ? drawSettings(plan.seed) : {} },
    held,
  );
  try {
    const book = new CallBook();
    const [played] = await Promise.all([
      playStories(plan, stack, book),
      playTrouble(plan, stack, book),
    ]);
    await stack.sandbox.clearFaults();
    await waitUntilClosed(stack.temporal.decoding);
    const evidence = await collectEvidence({
      stack,
      book,
      parts: plan.parts,
      faultsEndedAt: book.lastFaultAt,
      bundle: plan.replayBundle ?? plan.bundle,
    });
    const kills = Object.fromEntries(stack.all.map((process) => [process.name, process.kills]));
    const crashes = stack.all.reduce((sum, process) => sum + process.crashes, 0);
    const calls = await stack.sandbox.callLog();
    const faults = calls.filter(({ fault }) => fault !== null).length;
    return { evidence, faults, kills, crashes, ...played };
  } finally {
    await stack.close();
  }
}

/**
 * Each seed chooses among the readings that the contract leaves open. Half of the seeds get no
 * `user_id` in an answer.
 */
export function drawSettings(seed: number): StackPlan['settings'] {
  const random = new Random(seed);
  return {
    // Seeds are consecutive.
    showUserIds: seed % 2 === 0,
    refreshReading: random.pick(['restart', 'renew', 'renewOrRestart']),
    deniedStatus: random.pick(['FAILED', 'INITIATED']),
    aliasClashOnPatch: random.pick([400, 409]),
    deletedHoldAlias: random.chance(0.5),
  };
}

async function playTrouble(plan: WorldPlan, stack: Stack, book: CallBook): Promise<void> {
  if (!plan.rough) return;
  book.isTroubled = true;
  try {
    await playFaults(drawFaults(new Random(plan.seed + 1), spanMs), stack);
    await stack.sandbox.clearFaults();
    for (const endpoint of endpointNames) stack.receiver.bringUp(endpoint);
  } finally {
    book.onFault();
    book.isTroubled = false;
  }
}

async function playStories(plan: WorldPlan, stack: Stack, book: CallBook): Promise<Played> {
  const isOver = new AbortController();
  const background = plan.rough
    ? playBackground({ stack, book, parts: plan.parts, seed: plan.seed, signal: isOver.signal })
    : Promise.resolve();
  const random = new Random(plan.seed + 2);
  const played: Played = { broken: [], endedEarly: [] };
  const play = async (part: Part) => {
    const story = `${part.id} ${part.story.name}`;
    try {
      const { endedEarly: why } = await part.story.play(castOf(part, stack, book));
      if (why !== null) played.endedEarly.push({ story, why });
    } catch (error) {
      played.broken.push({ story, error: String(error) });
    }
  };
  const limit = pLimit(sideBySide);
  const together = plan.parts.filter(({ isAlone = false }) => !isAlone);
  const begun = together.map(async (part) => {
    if (plan.rough) await sleep(random.between(0, Math.floor(spanMs / 2)));
    await limit(() => play(part));
  });
  await Promise.all(begun);
  for (const part of plan.parts) if (part.isAlone) await play(part);
  isOver.abort();
  await background;
  return played;
}
