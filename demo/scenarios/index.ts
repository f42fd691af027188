import { connecting } from './connecting.ts';
import { dying } from './dying.ts';
import { ending } from './ending.ts';
import { faults } from './faults.ts';
import { lapsing } from './lapsing.ts';
import { late } from './late.ts';
import { meeting } from './meeting.ts';
import { methods } from './methods.ts';
import { offboarding } from './offboarding.ts';
import { reconnecting } from './reconnecting.ts';
import { repeating } from './repeating.ts';
import { returning } from './returning.ts';
import type { Scenario } from './scenario.ts';
import { several } from './several.ts';
import { sweeping } from './sweeping.ts';
import { using } from './using.ts';

/** All scenarios, in the order in which they are reported. */
export const scenarios: readonly Scenario[] = [
  ...connecting,
  ...returning,
  ...faults,
  ...repeating,
  ...methods,
  ...several,
  ...reconnecting,
  ...late,
  ...meeting,
  ...dying,
  ...sweeping,
  ...using,
  ...ending,
  ...offboarding,
  ...lapsing,
];
