import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test('the lock file holds a hash for every package and no address', () => {
  const text = readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8');
  expect(text).not.toMatch(/https?:/);
  const packages = Object.entries(JSON.parse(text).packages as Record<string, { integrity?: string }>);
  const unhashed = packages.filter(([path, entry]) => path !== '' && entry.integrity === undefined);
  expect(unhashed.map(([path]) => path)).toEqual([]);
});
