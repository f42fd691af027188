import { describe, expect, it } from 'vitest';
import type { SandboxControl } from '../../../sandbox/control.ts';
import { Person } from '../../../demo/person.ts';
import type { Answer, Cast, Request, Story } from '../../../soak/cast.ts';
import type { Call } from '../../../soak/evidence.ts';
import { secretsIn } from '../../../soak/entered-secrets.ts';
import { Random } from '../../../soak/random.ts';
import { access } from '../../../soak/stories/access.ts';
import { accounts } from '../../../soak/stories/accounts.ts';
import { connecting } from '../../../soak/stories/connecting.ts';
import { drawStories, plantedStories, scriptedStories } from '../../../soak/stories/index.ts';
import { methods } from '../../../soak/stories/methods.ts';
import { pairs } from '../../../soak/stories/pairs.ts';
import { StoryEnded } from '../../../soak/stories/player.ts';
import { returning } from '../../../soak/stories/returning.ts';
import { story } from '../../../soak/stories/story.ts';
import { MooringError, type MooringClient } from '../../../src/index.ts';
import { parseConnectUserInput } from '../../../src/domain/connect/schemas.ts';

const lives = [connecting, methods, accounts, returning, access].flatMap((kinds): Story[] =>
  Object.values(kinds),
);

function draw(seed: number, count = 60) {
  return drawStories(new Random(seed), seed, count);
}

/** The calls of a story to a Mooring that refuses everything. */
async function requestsOf(story: Story, seed: number): Promise<Request<unknown>[]> {
  const asked: Request<unknown>[] = [];
  const nowhere = 'http://app.localhost:4321';
  const handle = () => ({});
  const cast: Cast = {
    story: 's1/1',
    userId: 's1-0-bob',
    random: new Random(seed),
    mooring: { connection: handle, access: handle, refreshing: handle } as unknown as MooringClient,
    // A story that continues to use the sandbox after a refusal would throw.
    sandbox: { seedAccount: async () => ({ id: 'ca_1' }) } as unknown as SandboxControl,
    gatewayUrl: nowhere,
    returnUrl: nowhere,
    person: (name = 'ada') => new Person(name),
    async ask<T>(request: Request<T>): Promise<Answer<T>> {
      asked.push(request);
      return { value: null, error: new MooringError('ERR_UNAUTHORIZED', 'is refused') };
    },
    comeBack: async () => null,
    fault: async () => undefined,
    processes: {} as Cast['processes'],
  };
  await story.play(cast);
  return asked;
}

describe('the stories of a seed', () => {
  it('are the same each time', () => {
    const [once, again] = [draw(7), draw(7)].map((parts) =>
      parts.map(({ userId, story }) => [userId, story.name]),
    );
    expect(again).toEqual(once);
  });

  it('differ from those of the next seed', () => {
    const [one, other] = [draw(7), draw(8)].map((parts) => parts.map(({ story }) => story.name));
    expect(other).not.toEqual(one);
  });

  it('are as many as requested, down to one', () => {
    for (const count of [1, 2, 7, 200]) expect(draw(3, count)).toHaveLength(count);
  });

  it.each([1, 400])('are of every kind within ten seeds from %i', (from) => {
    const seeds = Array.from({ length: 10 }, (_, n) => from + n);
    const drawn = new Set(seeds.flatMap((seed) => draw(seed).map(({ story }) => story.name)));
    const known = [...lives, ...pairs].map(({ name }) => name);
    expect([...drawn].sort()).toEqual([...known].sort());
  });

  it('have different names', () => {
    const names = [...lives, ...pairs, ...scriptedStories].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('the users of a seed', () => {
  const ids = [1, 2, 3].flatMap((seed) => draw(seed).map(({ userId }) => userId));

  it('are unique, in this seed and among others', () => {
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('have ids that Mooring accepts', () => {
    for (const userId of ids) {
      expect(() => parseConnectUserInput({ userId, authConfigId: 'ac_gmail' })).not.toThrow();
    }
  });

  it('are next to the user that careless code confuses with them', () => {
    const stems = ids.map((id) => /s\d+-\d+/.exec(id)?.[0]);
    for (let n = 0; n < ids.length; n += 2) expect(stems[n + 1]).toBe(stems[n]);
    const pairOf = (id: string) => ids[ids.indexOf(id) + 1];
    const bob = ids.find((id) => id.endsWith('-bob')) ?? '';
    expect(pairOf(bob)).toBe(`${bob}'`);
  });

  it('have quotes, slashes, backslashes, percent signs and other alphabets in their ids', () => {
    const all = ids.join('');
    for (const hostile of ["'", '"', '/', '\\', '%', '\u00eb', '\u0308']) {
      expect(all).toContain(hostile);
    }
  });
});

describe('a story', () => {
  it.each([...lives, ...pairs, ...plantedStories].map((story) => [story.name, story]))(
    'ends if everything is refused, and sends the same calls each time: %s',
    async (_, story) => {
      const [once, again] = await Promise.all([requestsOf(story, 5), requestsOf(story, 5)]);
      expect(once.length).toBeGreaterThan(0);
      const inputs = (requests: Request<unknown>[]) =>
        requests.map(({ operation, input, requestId }) => ({ operation, input, requestId }));
      expect(inputs(again)).toEqual(inputs(once));
    },
  );

  it('says why it ended early, and nothing if it ran to its end', async () => {
    const cast = { random: new Random(1) } as Cast;
    const ended = story('is refused', async () => {
      throw new StoryEnded('ERR_USER_BLOCKED');
    });
    expect(await ended.play(cast)).toEqual({
      endedEarly: 'ERR_USER_BLOCKED',
    });
    const whole = story('is played', async () => undefined);
    expect(await whole.play(cast)).toEqual({ endedEarly: null });
  });

  it('passes its credentials on, so that the auditor knows that they are secrets', async () => {
    const requests = await requestsOf(methods.key, 5);
    const calls = requests.map(({ input }) => ({ input })) as unknown as Call[];
    expect(secretsIn(calls)).toHaveLength(1);
  });
});
