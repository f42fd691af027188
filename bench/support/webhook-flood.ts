/**
 * Posts wrongly signed webhooks to the given URL. The parent's messages `true` and `false` start
 * and stop it. It answers each with how many were sent and refused so far.
 */
const [url = ''] = process.argv.slice(2);
const perSecond = 100;
const body = 'x'.repeat(262_144);

let sent = 0;
let refused = 0;
let flood: NodeJS.Timeout | undefined;

process.on('message', (isWanted: boolean) => {
  clearInterval(flood);
  process.send?.({ sent, refused });
  if (!isWanted) return;
  const [began, before] = [performance.now(), sent];
  // By the clock, as the timer is late on a busy machine.
  flood = setInterval(() => {
    while (sent - before < ((performance.now() - began) * perSecond) / 1_000) void post();
  }, 1_000 / perSecond);
});
process.once('disconnect', () => process.exit());

/** Well-formed and recent: only the hash of the whole body shows that it is wrong. */
async function post(): Promise<void> {
  sent++;
  const headers = {
    'content-type': 'application/json',
    'webhook-id': `msg_${sent}`,
    'webhook-timestamp': String(Math.floor(Date.now() / 1_000)),
    'webhook-signature': `v1,${'A'.repeat(43)}=`,
  };
  const response = await fetch(url, { method: 'POST', headers, body }).catch(() => null);
  if (response?.status === 401) refused++;
  await response?.arrayBuffer();
}
