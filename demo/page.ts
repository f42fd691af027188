import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import type { MooringEvent } from '../src/index.ts';
import type { Shown, ToolkitState } from './app.ts';

const style = `
  :root { color-scheme: light dark; --ink: #16202e; --soft: #5a6778; --line: #dfe5ec; --sea: #0b5fa5; --deck: #f4f7fa; --card: #fff; --press: #fff;
    --idle: #eceff3; --idle-ink: #3d4856; --good: #d9f2e3; --good-ink: #0d5c2f; --wait: #fff0cc; --wait-ink: #6d4a00; --bad: #fbe0de; --bad-ink: #8a1c14; }
  @media (prefers-color-scheme: dark) {
    :root { --ink: #e6edf2; --soft: #9db0bd; --line: #33424e; --sea: #7cc0f5; --deck: #0f171d; --card: #18222b; --press: #0f171d;
      --idle: #2b3742; --idle-ink: #c3cfd8; --good: #123d26; --good-ink: #9fe3bb; --wait: #453411; --wait-ink: #f5d58b; --bad: #4a1f1c; --bad-ink: #f7b4ae; }
  }
  * { box-sizing: border-box; }
  body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--deck); }
  main { max-width: 42rem; margin: 0 auto; padding: 2rem 1.25rem; }
  h1 { margin: 0 0 .25rem; font-size: 1.75rem; }
  h2 { margin: 2rem 0 .75rem; font-size: 1.1rem; }
  p { margin: 0 0 1.5rem; color: var(--soft); text-wrap: balance; }
  ul { list-style: none; margin: 0; padding: 0; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
  li { display: flex; align-items: center; flex-wrap: wrap; gap: .5rem 1rem; padding: .7rem 1.25rem; border-top: 1px solid var(--line); }
  li:first-child { border-top: 0; }
  .name { flex: 1; min-width: 9rem; overflow-wrap: anywhere; }
  .name strong { display: block; text-transform: capitalize; }
  .name code { display: block; font-size: .9rem; }
  time { color: var(--soft); font-size: .85rem; }
  .name small { color: var(--soft); }
  .state { padding: .2rem .7rem; border-radius: 99px; font-size: .85rem; background: var(--idle); color: var(--idle-ink); }
  .state[data-state=ACTIVE] { background: var(--good); color: var(--good-ink); }
  .state[data-state=waiting], .state[data-state=ending] { background: var(--wait); color: var(--wait-ink); }
  .state[data-state=FAILED], .state[data-state=EXPIRED] { background: var(--bad); color: var(--bad-ink); }
  button { font: inherit; padding: .45rem 1rem; border-radius: 8px; border: 1px solid var(--sea); background: var(--sea); color: var(--press); cursor: pointer; }
  button.cancel, button.disconnect { background: var(--card); color: var(--sea); }
  button:focus-visible { outline: 3px solid #f5b83d; outline-offset: 2px; }
  @media (max-width: 30rem) { .name { min-width: 5rem; } .state { order: 1; } }
  .note { padding: .75rem 1rem; margin: 0 0 1.5rem; border-left: 4px solid var(--sea); background: var(--card); color: var(--ink); }
`;

/**
 * Fetches the lists each second and shows them when they have changed. The page works without it,
 * too. Focus stays.
 */
const script = `
  const shown = document.querySelector('#lists');
  setInterval(async () => {
    const answer = await fetch('/lists').catch(() => null);
    if (!answer?.ok) return;
    const fresh = document.createElement('template');
    fresh.innerHTML = await answer.text();
    if (fresh.innerHTML.trim() === shown.innerHTML.trim()) return;
    const focused = document.activeElement?.ariaLabel;
    shown.replaceChildren(fresh.content);
    if (focused) shown.querySelector('[aria-label="' + CSS.escape(focused) + '"]')?.focus();
  }, 1000);
`;

// Built outside the template: its formatter would change the text, and the policy has the text's
// hash.
const styleElement = raw(`<style>${style}</style>`);
const scriptElement = raw(`<script>${script}</script>`);

const words: Record<ToolkitState['state'], string> = {
  none: 'not connected',
  waiting: 'waiting for you',
  ACTIVE: 'connected',
  FAILED: 'failed',
  EXPIRED: 'not finished in time',
  CANCELED: 'canceled',
  ending: 'disconnecting',
  ended: 'disconnected',
  unknown: 'status unknown',
};

const notes: Record<string, string> = {
  active: 'You are connected.',
  failed: 'That did not work, or you denied access. Nothing was connected.',
  expired: 'The link has expired. You can start again at any time.',
  canceled: 'That connection was canceled.',
  unknown: 'The outcome is not known. The list below shows what is connected.',
  pending: 'The list below shows the result as soon as it is known.',
  ERR_ALREADY_CONNECTED: 'This toolkit is connected already.',
  ERR_ACCOUNT_BUSY: 'Another operation is running on this account. Please try again in a moment.',
  ERR_NO_WORKER: 'Connecting takes longer than usual. Please try again in a moment.',
};

export function page(shown: Shown, note: string | null) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Harbour Notes: your connections</title>
        ${styleElement}
      </head>
      <body>
        <main>
          <h1>Harbour Notes</h1>
          <p>
            A customer’s app. It connects your accounts through Mooring and shows the result here.
          </p>
          ${note === null ? '' : html`<div class="note" role="status">${notes[note] ?? 'This is not possible now.'}</div>`}
          <div id="lists">${lists(shown)}</div>
        </main>
        ${scriptElement}
      </body>
    </html>`;
}

/** The part of the page that changes while it is open. */
export function lists({ states, events }: Shown) {
  return html`<ul>
      ${states.map(toolkitRow)}
    </ul>
    <h2>Events that this app received</h2>
    ${
      events.length === 0
        ? html`<p>Nothing yet.</p>`
        : html`<ul>
            ${events.map(eventRow)}
          </ul>`
    }`;
}

page.policy = [
  "default-src 'none'",
  `style-src '${hashOf(style)}'`,
  `script-src '${hashOf(script)}'`,
  "connect-src 'self'",
  "base-uri 'none'",
].join('; ');

function toolkitRow({ toolkit, authConfigId, state, reason, connectedAccountId }: ToolkitState) {
  const detail = [connectedAccountId, reason].filter((part) => part !== null).join(' · ');
  const [waiting, connected, ending] = ['waiting', 'ACTIVE', 'ending'].map((one) => one === state);
  return html`<li>
    <span class="name"
      ><strong>${toolkit === 'github' ? 'GitHub' : toolkit}</strong><small>${detail}</small></span
    >
    <span class="state" data-state="${state}">${words[state]}</span>
    ${connected || ending ? '' : button(waiting ? 'Continue' : 'Connect', 'connect')}
    ${waiting ? button('Cancel', 'cancel') : ''}
    ${connected ? button('Disconnect', 'disconnect') : ''}
  </li>`;

  function button(label: string, action: string) {
    return html`<form method="post" action="/${action}/${authConfigId}">
      <button class="${action}" aria-label="${label} ${toolkit}">${label}</button>
    </form>`;
  }
}

/** Only events with Mooring's signature are shown; the app refuses all others. */
function eventRow({ type, occurredAt, connectedAccountId, connectionId, data }: MooringEvent) {
  const detail = [...aboutOf(data), connectedAccountId].filter((part) => part !== null);
  return html`<li title="${connectionId}">
    <span class="name"><code>${type}</code><small>${detail.join(' · ')}</small></span>
    <time datetime="${occurredAt}">${occurredAt.slice(11, 19)} UTC</time>
  </li>`;
}

function aboutOf(data: MooringEvent['data']): (string | null)[] {
  if ('seen' in data) return [data.name, `${data.seen} accounts seen`];
  if (!('authConfigId' in data)) return [data.userId];
  if ('proof' in data) return [data.authConfigId, data.proof];
  return [data.authConfigId, 'outcome' in data ? data.outcome.reason : data.statusReason];
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
