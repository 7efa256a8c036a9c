import { describe, expect, it } from '@jest/globals';
import { hostsIn, questionsFor, searchRulesIn } from './resolver-files.js';

describe('a hosts file', () => {
  it('gives every address of a name, whatever its case, and passes over what is no entry', () => {
    const hosts = hostsIn(
      '127.0.0.1 localhost\n# 10.0.0.9 hidden\n10.0.0.1\tReceiver receiver.lan. # ours\nnonsense here\n\nfd00::1 receiver\n10.0.0.1 receiver\n',
    );
    expect(hosts.get('receiver')).toEqual(['10.0.0.1', 'fd00::1']);
    expect(hosts.get('receiver.lan')).toEqual(['10.0.0.1']);
    expect([hosts.has('hidden'), hosts.has('here'), hosts.has('#')]).toEqual([false, false, false]);
  });
});

describe('the search of a resolver', () => {
  const pod = searchRulesIn(
    'nameserver 10.0.0.10\nsearch shop.svc.cluster.local cluster.local.\noptions ndots:5 timeout:1\n',
  );

  it('completes a name with few dots before it is asked for as it is, and one with many afterwards', () => {
    expect(questionsFor('orders.shop', pod)).toEqual([
      'orders.shop.shop.svc.cluster.local',
      'orders.shop.cluster.local',
      'orders.shop',
    ]);
    expect(questionsFor('a.b.c.d.e.f', pod)[0]).toBe('a.b.c.d.e.f');
    const plain = searchRulesIn('domain lan\n');
    expect(questionsFor('printer', plain)).toEqual(['printer.lan', 'printer']);
    expect(questionsFor('example.com', plain)).toEqual(['example.com', 'example.com.lan']);
  });

  it('leaves a name that ends in a dot as it is, and so all where nothing is said', () => {
    expect(questionsFor('orders.shop.', pod)).toEqual(['orders.shop.']);
    expect(questionsFor('orders', searchRulesIn(''))).toEqual(['orders']);
  });

  it('goes by the last of several lines, and by no absurd number', () => {
    expect(searchRulesIn('search a b\ndomain c\noptions ndots:900\n')).toEqual({ domains: ['c'], minDots: 15 });
  });
});
