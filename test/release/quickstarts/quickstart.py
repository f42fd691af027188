"""The calls of quickstart.mjs with Python's composio, in the same protocol:

COMPOSIO_BASE_URL=… COMPOSIO_API_KEY=… python test/release/quickstarts/quickstart.py user_123
"""

import json
import sys

from composio import Composio
from composio.core.models.connected_accounts import auth_scheme

user_id = sys.argv[1] if len(sys.argv) > 1 else "user_123"
# Composio's SDK calls its vendor by default, which no test should do.
composio = Composio(allow_tracking=False)


def call(name, make, show):
    """Makes the call, and prints its answer as `show` formats it, or the error."""
    answer = None
    try:
        answer = make()
        shown = show(answer)
    except Exception as error:
        shown = {"error": type(error).__name__, "message": str(error)}
    print(json.dumps({"call": name, **shown}), flush=True)
    sys.stdin.readline()
    return answer


call(
    "auth_configs.list(toolkit_slug='github')",
    lambda: composio.auth_configs.list(toolkit_slug="github"),
    lambda found: {"shows": [f"{each.id} {each.status}" for each in found.items]},
)
call(
    "toolkits.get_auth_config_creation_fields('github', 'OAUTH2', required_only=True)",
    lambda: composio.toolkits.get_auth_config_creation_fields(
        toolkit="github", auth_scheme="OAUTH2", required_only=True
    ),
    lambda fields: {"shows": [field.name for field in fields]},
)
github = call(
    "auth_configs.create('github', {'type': 'use_custom_auth', 'auth_scheme': 'OAUTH2', …})",
    lambda: composio.auth_configs.create(
        toolkit="github",
        options={
            "type": "use_custom_auth",
            "auth_scheme": "OAUTH2",
            "name": "My GitHub app",
            "credentials": {
                "client_id": "github-client",
                "client_secret": "github-client-secret",
            },
        },
    ),
    lambda made: {
        "shows": [made.auth_scheme, "managed" if made.is_composio_managed else "custom"]
    },
)
call(
    "auth_configs.get(id)",
    lambda: composio.auth_configs.get(github.id),
    lambda found: {"shows": [found.name, found.status, found.credentials["client_secret"]]},
)
request = call(
    "toolkits.authorize(user_id, 'github')",
    lambda: composio.toolkits.authorize(user_id=user_id, toolkit="github"),
    lambda made: {"shows": [made.status], "redirectUrl": made.redirect_url},
)
call(
    "connection_request.wait_for_connection()",
    lambda: request.wait_for_connection(),
    lambda account: {"shows": [account.toolkit.slug, account.status]},
)
call(
    "tools.get(user_id, tools=['GITHUB_LIST_STARGAZERS'])",
    lambda: composio.tools.get(user_id=user_id, tools=["GITHUB_LIST_STARGAZERS"]),
    lambda tools: {"shows": [tool["function"]["name"] for tool in tools]},
)
call(
    "tools.execute('GITHUB_LIST_STARGAZERS', user_id, version, arguments)",
    lambda: composio.tools.execute(
        "GITHUB_LIST_STARGAZERS",
        user_id=user_id,
        version="20251027_00",
        arguments={"owner": "ComposioHQ", "repo": "composio"},
    ),
    lambda done: {"shows": ["successful" if done["successful"] else done["error"]]},
)

link = call(
    "connected_accounts.link(user_id, 'ac_gmail', callback_url)",
    lambda: composio.connected_accounts.link(
        user_id=user_id,
        auth_config_id="ac_gmail",
        callback_url="https://app.example/callback",
    ),
    lambda made: {"shows": [made.status], "redirectUrl": made.redirect_url},
)
call(
    "connected_accounts.wait_for_connection(id)",
    lambda: composio.connected_accounts.wait_for_connection(link.id),
    lambda account: {"shows": [account.toolkit.slug, account.status]},
)
call(
    "tools.execute('GMAIL_SEND_EMAIL', user_id, dangerously_skip_version_check, arguments)",
    lambda: composio.tools.execute(
        "GMAIL_SEND_EMAIL",
        user_id=user_id,
        dangerously_skip_version_check=True,
        arguments={"recipient_email": "ada@app.example", "subject": "Hello", "body": "World"},
    ),
    lambda done: {"shows": ["successful" if done["successful"] else done["error"]]},
)
call(
    "connected_accounts.initiate(user_id, 'ac_apikey', config=auth_scheme.api_key(…))",
    lambda: composio.connected_accounts.initiate(
        user_id=user_id,
        auth_config_id="ac_apikey",
        config=auth_scheme.api_key({"api_key": "tvly-0123456789"}),
    ),
    lambda made: {"shows": [made.status]},
)
call(
    "connected_accounts.list(user_ids=[user_id])",
    lambda: composio.connected_accounts.list(user_ids=[user_id]),
    lambda found: {"shows": [f"{each.toolkit.slug} {each.status}" for each in found.items]},
)

call(
    "auth_configs.disable(id)",
    lambda: composio.auth_configs.disable(github.id),
    lambda _: {"shows": []},
)
call(
    "connected_accounts.get(id)",
    lambda: composio.connected_accounts.get(request.id),
    lambda account: {"shows": [account.status, account.status_reason]},
)
call(
    "auth_configs.enable(id)",
    lambda: composio.auth_configs.enable(github.id),
    lambda _: {"shows": []},
)
call(
    "auth_configs.update(id, {'type': 'custom', 'credentials': …})",
    lambda: composio.auth_configs.update(
        github.id,
        options={
            "type": "custom",
            "credentials": {"client_secret": "another-client-secret"},
        },
    ),
    lambda _: {"shows": []},
)
for auth_config_id in [github.id, "ac_github"]:
    call(
        f"auth_configs.delete({'id' if auth_config_id == github.id else repr(auth_config_id)})",
        lambda: composio.auth_configs.delete(auth_config_id),
        lambda _: {"shows": []},
    )
# Without an auth config, authorize creates one with Composio's own OAuth app.
# It then connects by the retired call.
call(
    "toolkits.authorize(user_id, 'github')",
    lambda: composio.toolkits.authorize(user_id=user_id, toolkit="github"),
    lambda made: {"shows": [made.status]},
)
