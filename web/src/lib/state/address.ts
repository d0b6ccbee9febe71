/** Keeps the address bar at the place shown, and the place at the address bar when somebody goes back. */
import { readPlace, writePlace, type Place } from '$lib/domain/place';

/** While playing, the moment in the address is written this often; browsers forbid much more. */
const WRITE_MS = 1000;

interface Placed {
  readonly place: Place;
  /** Whether the picture is played; a reload goes on as it was. */
  readonly playing: boolean;
  open(place: Place, playing: boolean): void;
}

/** Kept with the entry in the browser's history: not for whoever gets the link. */
interface Kept {
  readonly paused?: boolean;
}

const wasPlaying = () => (history.state as Kept | null)?.paused !== true;

export function keepAddress(shown: Placed) {
  const write = (how: 'pushState' | 'replaceState') => {
    if (shown.place.channel === null) return;
    const search = writePlace(shown.place);
    const kept: Kept = { paused: !shown.playing };
    if (search !== location.search || wasPlaying() !== shown.playing) history[how](kept, '', search);
  };
  return {
    /** Somebody chose another place: one step in the browser's history. */
    moved: () => write('pushState'),
    run: () => {
      shown.open(readPlace(location.search), wasPlaying());
      const timer = setInterval(() => write('replaceState'), WRITE_MS);
      const leave = () => write('replaceState');
      const back = () => shown.open(readPlace(location.search), wasPlaying());
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
