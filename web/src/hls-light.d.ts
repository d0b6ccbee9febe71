/** hls.js describes only its full build; the light one has the same shape, less alternate audio, subtitles and DRM. */
declare module 'hls.js/light' {
  export { default } from 'hls.js';
  export * from 'hls.js';
}
