import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dnsResolves } from '../../../src/health/checks/dns-resolves.ts';
import { startDnsServer, type DnsServer } from '../../support/dns-server.ts';
import { contextOf, fakeKube } from './check-kube.ts';

/** Addresses of RFC 5737 and RFC 3849, which belong to nobody. */
const here = '203.0.113.7';
const dead = '192.0.2.1';

let zone: DnsServer;
let resolver: DnsServer;

beforeAll(async () => {
  zone = await startDnsServer({
    'A shop.example.org': [here],
    'A both.example.org': [here, '203.0.113.8'],
    'A stale.example.org': [here, dead],
    'A other.example.org': ['198.51.100.9'],
    'A six.example.org': [here],
    'AAAA six.example.org': ['2001:db8::dead'],
    'AAAA only-six.example.org': ['2001:db8::7'],
    'CNAME www.example.org': ['Edge.Blue.example.net'],
    'A broken.example.org': 'SERVFAIL',
    'A refused.example.org': 'REFUSED',
    'A silent.example.org': 'silence',
    'AAAA silent.example.org': 'silence',
  });
  resolver = await startDnsServer({ 'A shop.example.org': [dead] });
});
afterAll(() => Promise.all([zone.close(), resolver.close()]));

function ask(more: object, signal?: AbortSignal) {
  const spec = dnsResolves.spec.parse({ servers: [zone.address], expect: [here], ...more });
  return dnsResolves.observe(contextOf(fakeKube({}), signal), spec);
}

describe('dnsResolves at a name server', () => {
  it('passes when every answer is one of the targets', async () => {
    expect(await ask({ names: ['shop.example.org'] })).toEqual({
      verdict: 'Healthy',
      reason: 'Resolves',
      message: `shop.example.org at ${zone.address} leads to ${here}, as expected`,
    });
    expect(
      (await ask({ names: ['shop.example.org', 'BOTH.example.org.'], expect: [here, '203.0.113.8'] })).message,
    ).toBe(`2 of 2 answers as expected: shop.example.org at ${zone.address} leads to ${here}, as expected`);
    expect(await ask({ names: ['only-six.example.org'], expect: ['2001:DB8:0::7'] })).toMatchObject({
      verdict: 'Healthy',
    });
    expect(await ask({ names: ['www.example.org'], expect: ['edge.blue.example.net.'] })).toMatchObject({
      verdict: 'Healthy',
    });
  });

  it.each([
    {
      name: 'stale.example.org',
      verdict: 'Progressing',
      reason: 'StaleAnswer',
      says: `still leads to ${dead} of the lost site; caches may keep it 60 s more`,
    },
    {
      name: 'other.example.org',
      verdict: 'Degraded',
      reason: 'OtherTarget',
      says: `leads to 198.51.100.9, expected ${here}`,
    },
    // Nobody asked for AAAA, and half of the world would be led away by it.
    {
      name: 'six.example.org',
      verdict: 'Degraded',
      reason: 'OtherTarget',
      says: `leads to 2001:db8::dead, expected ${here}`,
    },
    {
      name: 'absent.example.org',
      verdict: 'Missing',
      reason: 'NoSuchName',
      says: 'the name does not exist (NXDOMAIN)',
    },
    {
      name: 'www.example.org',
      verdict: 'Missing',
      reason: 'NoRecord',
      says: 'the name is there and has no A record (NODATA)',
    },
    {
      name: 'broken.example.org',
      verdict: 'Unknown',
      reason: 'ServFail',
      says: 'the server cannot say (SERVFAIL); its zone is not loaded, or a server that it asks does not answer',
    },
    {
      name: 'refused.example.org',
      verdict: 'Unknown',
      reason: 'Refused',
      says: 'the server refuses the question (REFUSED); it does not serve this zone to us',
    },
  ])('$name: $reason', async ({ name, verdict, reason, says }) => {
    const seen = await ask({ names: [name], deadSite: [dead] });

    expect(seen).toMatchObject({ verdict, reason });
    expect(seen.message).toContain(`${name} at ${zone.address}`);
    expect(seen.message).toContain(says);
  });

  it('asks every server: one that still has the old answer is enough to wait', async () => {
    const seen = await ask({
      names: ['shop.example.org'],
      servers: [zone.address, resolver.address],
      deadSite: [dead],
    });

    expect(seen).toMatchObject({ verdict: 'Progressing', reason: 'StaleAnswer' });
    expect(seen.message).toContain(`shop.example.org at ${resolver.address} still leads to ${dead}`);
  });

  it('says how many more answers are wrong', async () => {
    const names = ['absent.example.org', 'missing.example.org', 'shop.example.org'];

    expect((await ask({ names })).message).toMatch(/NXDOMAIN\), and 1 more like it$/);
  });

  it('says that nobody answers, having asked twice', async () => {
    const seen = await ask({ names: ['silent.example.org'] });

    expect(seen).toMatchObject({ verdict: 'Unknown', reason: 'NoAnswer' });
    expect(zone.asked.filter((each) => each === 'A silent.example.org').length).toBe(2);
  });

  it('ends with its attempt', async () => {
    const seen = await ask({ names: ['silent.example.org'] }, AbortSignal.timeout(50));

    expect(seen).toMatchObject({ verdict: 'Unknown', reason: 'AttemptTimeout' });
  });

  it('says that nobody listens', async () => {
    const gone = await startDnsServer({});
    await gone.close();

    expect(await ask({ names: ['shop.example.org'], servers: [gone.address] })).toMatchObject({
      verdict: 'Unknown',
      reason: 'NoServer',
    });
  });

  it.each([
    { more: { servers: ['dns.example.org'] }, says: 'a name server is an IP address' },
    { more: { names: ['shop..example.org'] }, says: 'a DNS name is labels' },
    { more: { names: ['203.0.113.7'] }, says: 'a DNS name is labels' },
    { more: { expect: [] }, says: 'expect' },
    { more: { expect: [here, 'www.example.org'] }, says: 'addresses or names, not both' },
    { more: { expect: ['2001:db8::7'], deadSite: ['2001:db8:0::7'] }, says: 'under both expect and deadSite' },
  ])('refuses $more', ({ more, says }) => {
    const parsed = dnsResolves.spec.safeParse({ names: ['shop.example.org'], expect: [here], ...more });

    expect(JSON.stringify(parsed.error?.issues)).toContain(says);
  });
});
