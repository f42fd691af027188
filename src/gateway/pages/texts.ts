import type { ConnectReason } from '../../domain/connect/connect.ts';

/** The result that a callback page shows. The metric uses exactly these labels. */
export type CallbackResult =
  'active' | 'failed' | 'expired' | 'canceled' | 'pending' | 'unknown' | 'unavailable' | 'invalid';

export type PageName = CallbackResult | 'unheard' | 'reconnect' | 'connected' | 'later';

interface PageText {
  heading: string;
  text: string;
  /** The label of the page's only button. */
  button?: string;
  /** The label of a link that reloads the page. */
  reload?: string;
}

/** For users who do not know Mooring. Shown only when the browser is not redirected to an app. */
export const texts: Record<PageName, PageText> = {
  active: { heading: 'You are connected', text: 'You can close this page.' },
  failed: {
    heading: 'The connection was not made',
    text: 'Go back to the app to try again.',
  },
  expired: {
    heading: 'The time to connect has run out',
    text: 'You can start again here.',
    button: 'Start again',
  },
  canceled: {
    heading: 'This connection was canceled',
    text: 'Go back to the app if you still want to connect.',
  },
  pending: {
    heading: 'Your connection is being checked',
    text: 'You can close this page. The app will receive the result.',
  },
  unknown: {
    heading: 'This connection attempt ended some time ago',
    text: 'Go back to the app to see the result.',
  },
  unavailable: {
    heading: 'We cannot show the result right now',
    text: 'Your connection is not lost, and you do not need this page for it. Look again in a minute, or go back to the app.',
  },
  // One text for every error: it must not show which tokens exist.
  invalid: {
    heading: 'This link does not work',
    text: 'It may be too old, or part of it may be missing. Go back to the app and start again.',
  },
  unheard: {
    heading: 'One step is missing',
    text: 'We could not record that you came back. Look again in a minute: the app needs this to finish your connection.',
    reload: 'Look again',
  },
  reconnect: {
    heading: 'Connect your account again',
    text: 'The app has lost access to one of your accounts. On the next page, sign in to that account and allow access.',
    button: 'Continue',
  },
  connected: {
    heading: 'You are connected already',
    text: 'There is nothing else to do. You can close this page.',
  },
  later: {
    heading: 'That did not work just now',
    text: 'Nothing is lost. Please try again in a minute.',
    button: 'Try again',
  },
};

/** Only reasons that the user can act on. Composio's own words are for operators. */
export const reasonTexts: Partial<Record<ConnectReason, string>> = {
  denied: 'Access was not allowed.',
  identity_mismatch: 'The account that you signed in to belongs to another person.',
};
