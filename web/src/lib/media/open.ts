/** Chooses what plays: hls.js where it can, since it knows the time of every fragment; else the browser. */
import type { OpenEngine } from './engine';
import { HlsEngine, hlsSupported } from './hls';
import { NativeEngine, nativeSupported } from './native';

export const openEngine: OpenEngine = (video, options) => {
  if (hlsSupported() || !nativeSupported(video)) return new HlsEngine(video, options);
  return new NativeEngine(video, options);
};
