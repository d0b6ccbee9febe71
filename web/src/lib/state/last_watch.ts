/** Where the picture was last, so that the way back from another view leads there. Kept as long as the browser's tab. */

const KEY = 'longtake.watch';

/** Notes it when the page is left, until the returned function is called. */
export function rememberWatch(): () => void {
  const note = () => {
    try {
      sessionStorage.setItem(KEY, location.search);
    } catch {
      // Full or forbidden storage costs only this way back.
    }
  };
  addEventListener('pagehide', note);
  return () => removeEventListener('pagehide', note);
}

/** With its question mark; empty if nothing was watched yet. */
export function lastWatch(): string {
  try {
    return sessionStorage.getItem(KEY) ?? '';
  } catch {
    return '';
  }
}
