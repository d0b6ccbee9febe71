"""Where live streams come from: plain HLS URLs, Twitch, YouTube, and whatever streamlink or yt-dlp can find."""
