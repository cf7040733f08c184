import { describe, expect, it } from 'vitest';
import { joinLink, namesOf, overlaps, rangeAt, rangeCount } from '../../../lab/names.ts';
import { portsAt } from '../../../lab/level-control-plane.ts';

describe('names of a lab', () => {
  it('follow from the path of the checkout, so that two clones have two labs', () => {
    const here = namesOf(undefined, '/usr');
    const there = namesOf(undefined, '/tmp');

    expect(here.name).toMatch(/^usr-[0-9a-f]{6}$/);
    expect(here.name).not.toBe(there.name);
    expect(namesOf(undefined, '/usr')).toEqual(here);
  });

  it('give everything on the machine a name of its own, short enough for an interface', () => {
    const [blue, green] = [namesOf('blue'), namesOf('green')];

    for (const name of [blue.hostInterface, blue.joinInterface]) expect(name.length).toBeLessThanOrEqual(15);
    for (const key of ['context', 'hostName', 'hostInterface', 'joinInterface', 'cgroup', 'seed'] as const) {
      expect(blue[key]).not.toBe(green[key]);
    }
  });

  it.each(['', 'Blue', 'a_b', '-a', 'a-', '../up', 'x'.repeat(31)])(
    'refuse "%s" and say what can be written',
    (name) => {
      expect(() => namesOf(name)).toThrow(`lab name "${name}" cannot be used: write 1 to 30 lower-case letters`);
    },
  );
});

describe('address blocks', () => {
  it('lie in 10.64 to 10.95 and never overlap', () => {
    expect(rangeAt(0)).toEqual({
      block: '10.64.0.0/22',
      nodeAddress: '10.64.0.1',
      hostAddress: '10.64.0.2',
      linkPrefix: 30,
      podRange: '10.64.1.0/24',
    });
    expect(rangeAt(rangeCount - 1).block).toBe('10.95.252.0/22');
    expect(rangeAt(rangeCount)).toEqual(rangeAt(0));
    expect(overlaps(rangeAt(7).block, rangeAt(8).block)).toBe(false);
  });

  it.each([
    ['10.64.0.0/22', '10.64.1.7', true],
    ['10.64.0.0/22', '10.64.4.0/24', false],
    ['10.64.0.0/22', '10.0.0.0/8', true],
    ['0.0.0.0/0', '10.64.0.0/22', true],
    ['192.168.0.0/16', '10.64.0.0/22', false],
  ])('%s and %s overlap: %s', (left, right, expected) => {
    expect(overlaps(left, right)).toBe(expected);
    expect(overlaps(right, left)).toBe(expected);
  });
});

describe('the link between two labs', () => {
  it('has addresses of the joined one that nothing else in its block has', () => {
    const range = rangeAt(5);
    const link = joinLink(range);

    expect(link).toEqual({ guest: '10.64.20.5', home: '10.64.20.6', prefix: 30 });
    for (const taken of [`${range.nodeAddress}/${range.linkPrefix}`, range.podRange])
      expect(overlaps('10.64.20.4/30', taken)).toBe(false);
    expect(overlaps('10.64.20.4/30', range.block)).toBe(true);
  });
});

describe('port groups', () => {
  it('do not share a port and stay below the ports of outgoing connections', () => {
    const ports = [0, 1, 3999].map(portsAt).flatMap(({ api, etcd, etcdPeer }) => [api, etcd, etcdPeer]);

    expect(new Set(ports).size).toBe(ports.length);
    expect(Math.max(...ports)).toBeLessThan(32_768);
  });
});
