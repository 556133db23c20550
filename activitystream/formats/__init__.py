"""Activities in the formats that other software reads, as functions from entries to documents.

`as2`: Activity Streams 2.0, which `read` takes in as well; `as1`: its predecessor; `syndication`: RSS, Atom.
"""
