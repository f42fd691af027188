import type { Reason } from '../../domain/connect/connect.ts';

/** What a browser that came back can be told; also the closed list of labels of the metric. */
export type CallbackResult =
  'active' | 'failed' | 'expired' | 'canceled' | 'pending' | 'unknown' | 'unavailable' | 'invalid';

export type PageName = CallbackResult | 'unheard' | 'reconnect' | 'connected' | 'later';

interface PageText {
  heading: string;
  text: string;
  /** The one button of a page that starts something. */
  button?: string;
  /** The link of a page that is worth looking at again. */
  reload?: string;
}

/** Written for people who never heard of Mooring, and shown only where no app waits for them. */
export const texts: Record<PageName, PageText> = {
  active: { heading: 'You are connected', text: 'You can close this page.' },
  failed: {
    heading: 'The connection was not made',
    text: 'Go back to the app to try again.',
  },
  expired: {
    heading: 'The time to connect has run out',
    text: 'You can start again right here.',
    button: 'Start again',
  },
  canceled: {
    heading: 'This connection was canceled',
    text: 'Go back to the app if you still want to connect.',
  },
  pending: {
    heading: 'Your connection is being checked',
    text: 'You can close this page: the app will know as soon as it is done.',
  },
  unknown: {
    heading: 'This connection was settled some time ago',
    text: 'Go back to the app to see how it stands.',
  },
  unavailable: {
    heading: 'We cannot tell you right now how it went',
    text: 'Your connection is not lost: it goes on without this page. Look again in a minute, or go back to the app.',
  },
  // One text for every fault, so that nobody learns from it which tokens there are.
  invalid: {
    heading: 'This link does not work',
    text: 'It may be too old, or a part of it may be missing. Go back to the app and start again.',
  },
  unheard: {
    heading: 'One step is missing',
    text: 'We could not pass on that you are back. Look again in a minute: only then can the app finish your connection.',
    reload: 'Look again',
  },
  reconnect: {
    heading: 'Connect your account again',
    text: 'The app has lost its access to one of your accounts. You will be asked to sign in to that account and to allow the access.',
    button: 'Continue',
  },
  connected: {
    heading: 'You are connected already',
    text: 'There is nothing left to do. You can close this page.',
  },
  later: {
    heading: 'That did not work just now',
    text: 'Nothing is lost. Please try again in a minute.',
    button: 'Try again',
  },
};

/** Only what the person can do something about. Composio's own words are for operators. */
export const reasonTexts: Partial<Record<Reason, string>> = {
  denied: 'Access was not allowed.',
  identity_mismatch: 'The account that was signed in to belongs to somebody else.',
};
