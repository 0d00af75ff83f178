"""AsyncAPI 3.0 of a service, generated from the contracts and its subscriptions. Self-contained: it is also served over HTTP."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from shared.contracts.base import EVENTS, Announced
from shared.contracts.envelope import CONTENT_TYPE, Envelope
from shared.contracts.public.base import PUBLIC_EVENTS, PublicData
from shared.contracts.public.envelope import SOURCE, PublicEnvelope
from shared.contracts.schema_files import schemas, write_json, write_schemas
from shared.messaging.subscriptions import Edge, Subscriptions
from shared.messaging.topology import ARCHIVE, PUBLIC, dead_of, exchange_of

Document = dict[str, Any]

VERSION: Final = "3.0.0"
BINDING_VERSION: Final = "0.3.0"
REFERENCE: Final = "#/components/schemas/{model}"


def asyncapi(service: str, subscriptions: Subscriptions, *, version: str = "1.0.0") -> Document:
    """Return the AsyncAPI document of a service: what it announces, shows to outsiders, takes, and from which queues."""
    schemas()  # imports every announcer's contracts
    announced = [model for _type, model in sorted(EVENTS.items()) if model.announcer == service]
    taken = [EVENTS[event_type] for edge in subscriptions.edges for event_type in sorted(edge.handlers)]
    shown = [model for _type, model in sorted(PUBLIC_EVENTS.items()) if model.announcer == service]
    channels: Document = {}
    operations: Document = {}
    for channel, verb, exchange, stream, sent in (
        ("announces", "announce", exchange_of(service), ARCHIVE, announced),
        ("shows", "show", PUBLIC, PUBLIC, shown),
    ):
        if sent:
            channels[channel] = _exchange_channel(exchange, stream, sent)
        for model in sent:
            operations[f"{verb}.{model.event_type}"] = _operation("send", channel, [model], _says(model))
    for edge in subscriptions.edges:
        heard = [EVENTS[event_type] for event_type in sorted(edge.handlers)]
        channels[edge.queue] = _queue_channel(edge, heard)
        what = f"Takes events of {edge.announcer}, each at least once and in any order."
        operations[f"take.{edge.queue}"] = _operation("receive", edge.queue, heard, what)
    models = list(dict.fromkeys([*announced, *shown, *taken]))
    return {
        "asyncapi": VERSION,
        "info": {
            "title": f"SAMA {service}",
            "version": version,
            "description": "Events are CloudEvents 1.0 in structured JSON mode; unknown fields are to be ignored.",
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": {_key(model): _message(model) for model in sorted(models, key=_key)},
            "schemas": _component_schemas(models),
        },
    }


def write_contracts(root: Path, subscriptions: Mapping[str, Subscriptions]) -> list[Path]:
    """Write the schemas and ``services/<name>/asyncapi.json`` of these services; return what changed.

    Raises IncompatibleChange (shared/contracts/schema_files.py) and then writes nothing.
    """
    written = write_schemas(root)
    for service, listens in subscriptions.items():
        path = root / "services" / service / "asyncapi.json"
        if write_json(path, asyncapi(service, listens)):
            written.append(path)
    return written


def _exchange_channel(exchange: str, stream: str, models: Sequence[type[Announced]]) -> Document:
    return {
        "address": "{eventType}",
        "description": f"Topic exchange {exchange}; the routing key is the event's type. Kept in the stream {stream}.",
        "parameters": {"eventType": {"enum": [model.event_type for model in models]}},
        "messages": _message_references(models),
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {"name": exchange, "type": "topic", "durable": True, "autoDelete": False},
                "bindingVersion": BINDING_VERSION,
            }
        },
    }


def _queue_channel(edge: Edge, models: Sequence[type[Announced]]) -> Document:
    order = "one replica at a time" if edge.single_active else "all replicas compete"
    return {
        "address": edge.queue,
        "description": f"Quorum queue bound to {exchange_of(edge.announcer)}; {order}; dead letters in {dead_of(edge.queue)}.",
        "messages": _message_references(models),
        "bindings": {
            "amqp": {
                "is": "queue",
                "queue": {"name": edge.queue, "durable": True, "exclusive": False, "autoDelete": False},
                "bindingVersion": BINDING_VERSION,
            }
        },
    }


def _operation(action: str, channel: str, models: Sequence[type[Announced]], summary: str) -> Document:
    pointer = channel.replace("~", "~0").replace("/", "~1")
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{pointer}"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/{pointer}/messages/{_key(model)}"} for model in models],
    }


def _message_references(models: Sequence[type[Announced]]) -> Document:
    return {_key(model): {"$ref": f"#/components/messages/{_key(model)}"} for model in models}


def _key(model: type[Announced]) -> str:
    """Return the message's name in the document; an event and its public form have the same type."""
    return f"public.{model.event_type}" if issubclass(model, PublicData) else model.event_type


def _message(model: type[Announced]) -> Document:
    public = issubclass(model, PublicData)
    return {
        "name": model.event_type,
        "title": model.__name__,
        "summary": _says(model),
        "contentType": CONTENT_TYPE,
        "bindings": {"amqp": {"messageType": model.event_type, "bindingVersion": BINDING_VERSION}},
        "payload": {
            "allOf": [
                {"$ref": REFERENCE.format(model="PublicEnvelope" if public else "Envelope")},
                {
                    "type": "object",
                    "properties": {
                        "type": {"const": model.event_type},
                        "source": {"const": f"{SOURCE if public else '/sama/'}{model.announcer}"},
                        "data": {"$ref": REFERENCE.format(model=model.__name__)},
                    },
                },
            ]
        },
    }


def _component_schemas(models: Sequence[type[Announced]]) -> Document:
    described: list[type[BaseModel]] = [Envelope, PublicEnvelope, *models]
    _, definitions = models_json_schema([(model, "validation") for model in described], ref_template=REFERENCE)
    found: Document = definitions["$defs"]
    return dict(sorted(found.items()))


def _says(model: type[Announced]) -> str:
    return " ".join((model.__doc__ or "").split())
