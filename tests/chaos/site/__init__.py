"""The site that the chaos test runs: people with photos, over the REST API alone."""
