/** Keeps the address bar at the place shown, and the place at the address bar when somebody goes back. */
import { readPlace, writePlace, type Place } from '$lib/domain/place';

/** While playing, the moment in the address is written this often; browsers forbid much more. */
const WRITE_MS = 1000;

interface Placed {
  readonly place: Place;
  open(place: Place): void;
}

export function keepAddress(shown: Placed) {
  const write = (how: 'pushState' | 'replaceState') => {
    if (shown.place.channel === null) return;
    const search = writePlace(shown.place);
    if (search !== location.search) history[how](null, '', search);
  };
  return {
    /** Somebody chose another place: one step in the browser's history. */
    moved: () => write('pushState'),
    run: () => {
      const timer = setInterval(() => write('replaceState'), WRITE_MS);
      const leave = () => write('replaceState');
      const back = () => shown.open(readPlace(location.search));
      addEventListener('pagehide', leave);
      addEventListener('popstate', back);
      return () => {
        clearInterval(timer);
        removeEventListener('pagehide', leave);
        removeEventListener('popstate', back);
      };
    },
  };
}
