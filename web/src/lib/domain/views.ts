/** The two views of the page, and their addresses: relative, so that they also work below a path. */

export type View = 'watch' | 'channels';

export const VIEWS: readonly { readonly view: View; readonly words: string }[] = [
  { view: 'watch', words: 'Watch' },
  { view: 'channels', words: 'Channels' },
];

export function viewAt(pathname: string): View {
  return pathname.endsWith('/channels') ? 'channels' : 'watch';
}

/** `search` is where the picture was last, with its question mark, or empty. */
export function hrefOf(view: View, search = ''): string {
  return view === 'channels' ? './channels' : `./${search}`;
}

/** Where a channel is watched, live. */
export function watchHref(channel: string, quality?: string): string {
  const query = new URLSearchParams({ channel, ...(quality === undefined ? {} : { quality }) });
  return hrefOf('watch', `?${query.toString()}`);
}
