import { describe, expect, it } from 'vitest';
import { drawSettings } from '../../../soak/world.ts';

describe('the settings of a seed', () => {
  it('leave user_id out of the answers in half of all consecutive seeds', () => {
    const seeds = Array.from({ length: 20 }, (_, n) => 123_456 + n);
    const shown = seeds.map((seed) => drawSettings(seed).showUserIds);
    expect(shown.filter((isShown) => isShown)).toHaveLength(10);
    expect(shown.filter((isShown) => isShown === false)).toHaveLength(10);
  });

  it('are the same each time', () => {
    expect(drawSettings(7)).toEqual(drawSettings(7));
  });
});
