import type { Story } from '../cast.ts';
import { access } from './access.ts';
import { accounts } from './accounts.ts';
import { connecting } from './connecting.ts';
import { methods } from './methods.ts';
import { returning } from './returning.ts';

/** Quick stories without kills. Together they cover everything that a planted bug may break. */
export const plantedStories: readonly Story[] = [
  connecting.approve,
  connecting.deny,
  connecting.cancelAfterConsent,
  connecting.loseLink,
  methods.key,
  methods.twoAccounts,
  accounts.disconnect,
  accounts.healDeadGrant,
  returning.confirmAsOther,
  access.lapseWithDisabled,
  access.offboard,
];
