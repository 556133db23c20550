"""What the demo's people are, posted and say. Plain data; `load` makes rows and activities of it."""
