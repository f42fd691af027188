import { enoughConnections } from './complaints.ts';
import type { Violation } from './evidence.ts';
import { addOverlaps, noOverlaps, type Overlaps } from './overlaps.ts';
import type { Known } from './seed.ts';

/** Fewer seeds do not play all stories of two writers. */
const seedsForAllPairs = 10;

export interface FoundViolation extends Violation {
  seed: number | null;
  /** How many of five repeats; null if the violation belongs to no story. */
  hits: number | null;
}

/** What a whole soak has shown. */
export class Summary {
  seeds = 0;
  stories = 0;
  faults = 0;
  kills = 0;
  planted = 0;
  canariesCaught = 0;
  readonly violations: FoundViolation[] = [];
  /** Known bugs that were met, by finding. */
  readonly known: Record<string, number> = {};
  /** In words: why the soak is red besides its violations. */
  readonly complaints: string[] = [];
  pairs: Overlaps = noOverlaps();

  addKnown(known: readonly Known[]): void {
    for (const [finding, count] of Object.entries(countByFinding(known))) {
      this.known[finding] = (this.known[finding] ?? 0) + count;
    }
  }

  addKills(kills: Readonly<Record<string, number>>): void {
    for (const count of Object.values(kills)) this.kills += count;
  }

  addPairs(overlaps: Overlaps): void {
    this.pairs = addOverlaps(this.pairs, overlaps);
  }

  /** Call once, at the end. `connections`: of each seed. */
  judgePairs(connections: number): void {
    if (this.seeds < seedsForAllPairs || connections < enoughConnections) return;
    for (const [pair, count] of Object.entries(this.pairs)) {
      if (count === 0) this.complaints.push(`${pair} never worked on one account at the same time`);
    }
  }

  get isRed(): boolean {
    return this.violations.length > 0 || this.complaints.length > 0;
  }

  toJSON() {
    const { seeds, stories, faults, kills, planted, canariesCaught, pairs, complaints } = this;
    const figures = { seeds, stories, faults, kills, violations: this.violations.length };
    const found = this.violations;
    return { ...figures, canariesCaught, planted, expected: this.known, pairs, complaints, found };
  }
}

export function countByFinding(known: readonly Known[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { entry } of known) counts[entry.finding] = (counts[entry.finding] ?? 0) + 1;
  return counts;
}
