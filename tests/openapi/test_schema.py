"""The schema of the API: whole, valid, without a warning."""

from __future__ import annotations

from typing import Any

import jsonschema
from rest_framework.viewsets import ViewSetMixin

from activitystream.contrib.openapi.operations import operations_of
from activitystream.rest.router import router

METHODS = ("get", "post", "put", "patch", "delete")


def operations(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method} {path}": operation
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    }


def test_every_action_is_described() -> None:
    """Of each viewset: one that is added to the router without a description fails here."""
    for _, viewset, basename in router.registry:
        known = operations_of(viewset)
        for route in router.get_routes(viewset):
            for action in router.get_method_map(viewset, route.mapping).values():
                assert action in known, f"{basename}: {viewset.__name__}.{action} is not in contrib/openapi"
        assert {*known} <= {*dir(viewset)}, f"{viewset.__name__} has no such actions"


def test_every_address_is_in_the_schema(schema: dict[str, Any]) -> None:
    found = {key.split()[0] + key.split()[1].count("/") * "/" for key in operations(schema)}
    assert found
    count = sum(
        len(router.get_method_map(viewset, route.mapping))
        for _, viewset, _ in router.registry
        if issubclass(viewset, ViewSetMixin)
        for route in router.get_routes(viewset)
    )
    assert len(operations(schema)) == count + 1  # and the first page


def test_every_answer_that_is_no_error_has_a_shape_and_all_have_a_description(schema: dict[str, Any]) -> None:
    for name, operation in operations(schema).items():
        assert operation["description"], name
        for status, answer in operation["responses"].items():
            assert answer["description"], (name, status)
            assert status == "204" or answer["content"], (name, status)


def test_examples_are_what_they_are_examples_of(schema: dict[str, Any]) -> None:
    checked = 0
    for name, operation in operations(schema).items():
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for content in [content for body in bodies for content in body.get("content", {}).values()]:
            for example in content.get("examples", {}).values():
                wanted = {**_nullable(content["schema"]), "components": _nullable(schema["components"])}
                jsonschema.validate(example["value"], wanted)
                checked += 1
        if "requestBody" in operation:
            assert any("examples" in content for content in bodies[0]["content"].values()), name
    assert checked > 9


def _nullable(node: Any) -> Any:
    """OpenAPI 3.0's `nullable` in the words of JSON Schema."""
    if isinstance(node, list):
        return [_nullable(item) for item in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _nullable(value) for key, value in node.items() if key != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if node.get("nullable") is True else plain
