import { isIPv6 } from 'node:net';
import { expect, test } from 'vitest';
import { resolveAddresses, isPublic } from '../../../src/outbound/signed-post.ts';

const publicHost = async (host: string) =>
  (await resolveAddresses(new URL(`http://${host}/`))).every(isPublic);

test.each([
  '127.0.0.1',
  '127.1',
  '2130706433', // 127.0.0.1 as one number
  '0x7f000001',
  '0177.0.0.1',
  '0.0.0.0',
  '10.1.2.3',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '100.64.0.1',
  '100.100.100.200', // metadata at Alibaba
  '169.254.169.254',
  '192.0.0.192', // metadata at Oracle
  '168.63.129.16', // Azure's host
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '[::]',
  '[::1]',
  '[::127.0.0.1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:a9fe:a9fe]',
  '[64:ff9b::127.0.0.1]',
  '[fc00::1]',
  '[fd00:ec2::254]', // metadata at AWS
  '[fe80::1]',
  '[ff02::1]',
  '[2002:7f00:1::]', // 127.0.0.1 by 6to4
  '[2001::1]',
  'localhost',
])('%s is not public', async (host) => {
  expect(await publicHost(host)).toBe(false);
});

test.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '169.253.1.1', '[2606:4700::1111]'])(
  '%s is public',
  async (host) => {
    expect(await publicHost(host)).toBe(true);
  },
);

test('a name that is needed twice at the same time is resolved once', async () => {
  const url = new URL('http://localhost/');
  const asked = [resolveAddresses(url), resolveAddresses(url)];
  const [first, second] = await Promise.all(asked);
  expect(first).toBe(second);
  expect(first?.some(({ address }) => address === '127.0.0.1' || isIPv6(address))).toBe(true);
});
