/** How many times as fast as it was the picture is played. */
export class Speed {
  times = $state(1);
  private video: HTMLVideoElement | null = null;

  attach(video: HTMLVideoElement): void {
    this.video = video;
    this.set(this.times);
  }

  /** What the browser cannot do changes nothing. */
  set(times: number): void {
    try {
      if (this.video) this.video.playbackRate = this.video.defaultPlaybackRate = times;
      this.times = times;
    } catch {
      // NotSupportedError: each browser has limits of its own, and tells them only so.
    }
  }
}
