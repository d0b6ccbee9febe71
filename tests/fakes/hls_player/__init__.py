"""A stranger's page: hls.js as it comes, on another origin, pointed at our playlists."""
