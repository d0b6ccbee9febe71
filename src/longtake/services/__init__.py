"""What longtake does all day: capture, serve, custody, … They meet only in the store, and never import each other."""
