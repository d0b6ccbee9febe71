/** Small choices that stay on this machine. */
import type { Zone } from '$lib/domain/times';

const KEY = 'longtake.preferences';

interface Saved {
  zone?: Zone;
  muted?: boolean;
  volume?: number;
}

export class Preferences {
  /** How times are written everywhere, and how a typed one without an offset is read. */
  zone = $state<Zone>('utc');
  muted = $state(false);
  /** 0 to 1 */
  volume = $state(1);

  constructor(private readonly storage: Pick<Storage, 'getItem' | 'setItem'> | null) {
    const saved = this.read();
    this.zone = saved.zone === 'local' ? 'local' : 'utc';
    this.muted = saved.muted === true;
    this.volume = typeof saved.volume === 'number' ? Math.min(1, Math.max(0, saved.volume)) : 1;
  }

  setZone(zone: Zone): void {
    this.zone = zone;
    this.save();
  }

  changeZone(): void {
    this.setZone(this.zone === 'utc' ? 'local' : 'utc');
  }

  save(): void {
    const saved: Saved = { zone: this.zone, muted: this.muted, volume: this.volume };
    try {
      this.storage?.setItem(KEY, JSON.stringify(saved));
    } catch {
      // Full or forbidden storage costs only the memory of these choices.
    }
  }

  private read(): Saved {
    try {
      return (JSON.parse(this.storage?.getItem(KEY) ?? '{}') ?? {}) as Saved;
    } catch {
      return {};
    }
  }
}
