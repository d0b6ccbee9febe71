"""Where live streams come from: plain HLS URLs, and whatever streamlink can find."""
