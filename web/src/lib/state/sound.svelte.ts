/** Loudness of the picture. The browser may forbid sound until somebody clicks. */
import type { Preferences } from './preferences.svelte';

export class Sound {
  /** Forbidden by the browser, not chosen. */
  silenced = $state(false);
  private video: HTMLVideoElement | null = null;

  constructor(private readonly preferences: Preferences) {}

  get muted(): boolean {
    return this.silenced || this.preferences.muted;
  }

  get volume(): number {
    return this.preferences.volume;
  }

  attach(video: HTMLVideoElement): void {
    this.video = video;
    this.apply();
  }

  silence(): void {
    this.silenced = true;
    this.apply();
  }

  setMuted(muted: boolean): void {
    this.silenced = false;
    this.preferences.muted = muted;
    this.preferences.save();
    this.apply();
  }

  setVolume(volume: number): void {
    this.preferences.volume = Math.min(1, Math.max(0, volume));
    this.setMuted(volume <= 0);
  }

  private apply(): void {
    if (this.video === null) return;
    this.video.volume = this.volume;
    this.video.muted = this.muted;
  }
}
