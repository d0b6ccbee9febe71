import { expect, test } from 'vitest';
import { hrefOf, viewAt, watchHref } from './views';

test('the path says which view is meant, also below another path', () => {
  expect(['/', '/below/', '/channels', '/below/channels', '/channels/'].map(viewAt)).toEqual([
    'watch',
    'watch',
    'channels',
    'channels',
    'watch',
  ]);
});

test('addresses lead from one view to the other, wherever the node is', () => {
  const from = (page: string, href: string) => new URL(href, page).href;
  expect(from('http://node.test/below/?channel=a', hrefOf('channels'))).toBe('http://node.test/below/channels');
  expect(from('http://node.test/below/channels', hrefOf('watch', '?channel=a'))).toBe(
    'http://node.test/below/?channel=a',
  );
  expect(from('http://node.test/below/channels', watchHref('a b', '480p'))).toBe(
    'http://node.test/below/?channel=a+b&quality=480p',
  );
  expect(watchHref('a')).toBe('./?channel=a');
});
