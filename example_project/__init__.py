"""A photo community that shows what activitystream does: `make demo` runs it."""
