import type { Story } from '../cast.ts';
import { Player, StoryEnded } from './player.ts';

/**
 * A story of one player. It ends early when the backend is refused something that the rest needs.
 */
export function story(name: string, live: (player: Player) => Promise<void>): Story {
  return {
    name,
    async play(cast) {
      try {
        await live(new Player(cast));
        return { endedEarly: null };
      } catch (error) {
        if (!(error instanceof StoryEnded)) throw error;
        return { endedEarly: error.message };
      }
    },
  };
}
