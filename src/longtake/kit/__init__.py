"""What longtake stands on that knows nothing of video: durable files, clocks, back-off, processes."""
