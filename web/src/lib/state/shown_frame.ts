/** Which frame of a <video> is on the screen, where the browser tells it. Media times in seconds. */
import { betterFrameDuration, frameDuration } from '$lib/domain/frames';

/** Farther from the playhead than this, what was told is of before a seek. */
const NEAR_S = 0.25;

export class ShownFrame {
  /** The usual distance of two frames, as far as it has been seen. */
  duration: number | null = null;
  private media: number | null = null;
  /** It rests where a seek led: the playhead is inside the frame shown, while a frame of before may still be told. */
  private sought = false;

  /** Tells of every frame until the signal; browsers that cannot tell never do. */
  watch(video: HTMLVideoElement, signal: AbortSignal, onFrame: () => void): void {
    if (!('requestVideoFrameCallback' in video)) return;
    const shown = (_: number, { mediaTime }: VideoFrameCallbackMetadata) => {
      if (signal.aborted) return;
      this.sought &&= video.paused;
      const seen = this.media === null ? null : frameDuration(this.media, mediaTime);
      this.duration = betterFrameDuration(this.duration, seen);
      this.media = this.sought ? null : mediaTime;
      onFrame();
      video.requestVideoFrameCallback(shown);
    };
    video.requestVideoFrameCallback(shown);
    video.addEventListener('seeking', () => this.leave(), { signal });
  }

  private leave(): void {
    this.media = null;
    this.sought = true;
  }

  forget(): void {
    this.media = this.duration = null;
  }

  /** The media time of the frame on the screen; null where only the playhead is known. */
  near(playhead: number): number | null {
    return this.media !== null && Math.abs(playhead - this.media) < NEAR_S ? this.media : null;
  }
}
