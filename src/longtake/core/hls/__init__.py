"""HLS playlists: their model, reading and writing. Ours, because playlists are what longtake is about."""
