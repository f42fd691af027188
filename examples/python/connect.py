"""Connects a user from Python: prints the link at once, and later the outcome.

    python connect.py USER_ID AUTH_CONFIG_ID [RETURN_URL]

Reads TEMPORAL_* (Temporal's own), MOORING_ENCRYPTION_KEYS, MOORING_TASK_QUEUE.
"""

import asyncio
import hashlib
import json
import os
import sys
import uuid
from dataclasses import replace
from urllib.parse import quote

from codec import MooringCodec
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowHandle,
    WorkflowUpdateFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes
from temporalio.envconfig import ClientConfig
from temporalio.exceptions import ApplicationError

TASK_QUEUE = os.environ.get("MOORING_TASK_QUEUE") or "mooring"


def escaped(part: str) -> str:
    """JavaScript's encodeURIComponent, and also `'` and `~`."""
    return quote(part, safe="!*()").replace("~", "%7E")


def id_part(part: str) -> str:
    """Without MOORING_ID_KEY. With that key every user id is hashed by HMAC-SHA-256."""
    if len(escaped(part)) <= 60:
        return escaped(part)
    number, text = int(hashlib.sha256(part.encode()).hexdigest(), 16), ""
    while number:
        number, digit = divmod(number, 36)
        text = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + text
    return f"~{text[:26]}"


async def connect_client() -> Client:
    ring = os.environ.get("MOORING_ENCRYPTION_KEYS")
    converter = DataConverter.default
    if ring:
        converter = replace(
            converter,
            payload_codec=MooringCodec(ring),
            failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
        )
    config = ClientConfig.load_client_connect_config()
    return await Client.connect(**config, data_converter=converter)


async def connect_user(client: Client, request: dict) -> tuple[dict, WorkflowHandle]:
    """Starts the attempt of this user and auth config, or joins the open one. All callers get one link."""
    parts = [request["userId"], request["authConfigId"]]
    # The run records the id of the request that has started it.
    request = {"requestId": str(uuid.uuid4()), **request}
    options = {
        "id": "/".join(["connect", *map(id_part, parts)]),
        "task_queue": TASK_QUEUE,
        "id_conflict_policy": WorkflowIDConflictPolicy.USE_EXISTING,
        "memo": {
            "connectionId": "/".join(map(escaped, parts)),
            "metadata": request.get("metadata", {}),
        },
    }
    for repeat in range(1, 6):
        start = WithStartWorkflowOperation("connectUser", request, **options)
        try:
            answer = await client.execute_update_with_start_workflow(
                "connect",
                request,
                id=request["requestId"],
                start_workflow_operation=start,
            )
            return answer, await start.workflow_handle()
        except WorkflowUpdateFailedError as error:
            # The joined run was just ending. The next run does not know this request, so ask that run.
            ended = isinstance(error.cause, ApplicationError) and error.cause.type == "ATTEMPT_ENDED"
            if not ended or repeat == 5:
                raise
            await (await start.workflow_handle()).result()
            await client.start_workflow("connectUser", request, **options)
    raise AssertionError("unreachable")


async def main() -> int:
    user_id, auth_config_id, *return_url = sys.argv[1:]
    request = {"userId": user_id, "authConfigId": auth_config_id}
    if return_url:
        request["returnUrl"] = return_url[0]
    try:
        answer, handle = await connect_user(await connect_client(), request)
    except WorkflowUpdateFailedError as error:
        # One of Mooring's error codes, and the reason for people.
        print(f"{getattr(error.cause, 'type', None)}: {error.cause}", file=sys.stderr, flush=True)
        return 1
    print(json.dumps(answer), flush=True)
    print(json.dumps(await handle.result()), flush=True)
    return 0


if __name__ == "__main__":
    # The SDK's threads can crash Python during its shutdown: temporalio/sdk-python#300.
    os._exit(asyncio.run(main()))
