"""The REST API: one module for each resource, and what they share in `base`, `pagination` and `refs`.

It is laid out for the reader of `activitystream.urls`: `router` names the viewsets, a viewset its serializer.
"""
