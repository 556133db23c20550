"""The site that is measured: its models, and the pages of both apps."""
