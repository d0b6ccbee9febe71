"""Stands in for yt-dlp; see ``__main__``."""
