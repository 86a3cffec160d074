"""An agent's whole story by two real clients: the Python package `mcp`, at the newest version of the protocol and at the
one before, and the official inspector's command line.

Takes the events that the local stack has printed, the port at which a video may be fetched, and the inspector's program.
Whatever a client can't read, or is told otherwise than the contract says, ends the run.
"""

import asyncio
import http.server
import json
import subprocess
import sys
import threading
from pathlib import Path

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

SAMPLE = Path(__file__).parents[2] / "infra/local/sample/sample.mp4"
WANTED = {
    "list_accounts", "connect_account", "get_creator_info", "get_media_upload_url", "upload_media_from_url",
    "verify_media", "validate_post", "create_post", "publish_post", "get_post", "list_posts", "retry_post", "cancel_post",
    "get_post_timeline", "list_webhooks", "create_webhook", "list_deliveries", "get_usage",
}


class Site(http.server.BaseHTTPRequestHandler):
    """A customer's server: takes every webhook, and has one video with another end each time that it is asked for by
    another name."""

    def do_GET(self):
        # A box that readers skip, so that no two videos are the same.
        name = self.path.encode()
        video = SAMPLE.read_bytes() + (8 + len(name)).to_bytes(4, "big") + b"free" + name
        self.send_response(200)
        self.send_header("content-type", "video/mp4")
        self.send_header("content-length", str(len(video)))
        self.end_headers()
        self.wfile.write(video)

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"] or 0))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def post(account, media, **more):
    settings = {"privacy_level": "SELF_ONLY", "brand_content_toggle": False, "brand_organic_toggle": False}
    return {
        "targets": [{"account_id": account}], "media_ids": [media], "text": "By an agent",
        "platform_data": {"tiktok": settings}, **more,
    }


async def story(ready, port, mode, version):
    """From an account to a published post. The client checks each answer against the tool's output schema."""
    bearer = httpx2.AsyncClient(headers={"authorization": f"Bearer {ready['api_key']}"}, timeout=60)
    transport = streamable_http_client(f"{ready['api_url']}/mcp", http_client=bearer)
    async with bearer, Client(transport, mode=mode) as client:
        assert client.protocol_version == version, client.protocol_version
        assert client.server_info.name == "slipway" and "ask the creator" in client.instructions
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        done = set()
        assert WANTED <= tools.keys(), WANTED - tools.keys()
        assert tools["list_posts"].annotations.read_only_hint and tools["create_post"].annotations.destructive_hint

        async def call(tool, **arguments):
            result = await client.call_tool(tool, arguments)
            assert not result.is_error, (tool, result.content)
            if not arguments.get("dry_run"):
                done.add(tool)
            return result.structured_content

        async def refused(tool, code, **arguments):
            result = await client.call_tool(tool, arguments)
            assert result.is_error and result.structured_content["error"]["code"] == code, (tool, result)
            return result.content[0].text

        account = (await call("list_accounts"))["data"][0]["id"]
        options = (await call("get_creator_info", account_id=account))["privacy_level_options"]
        assert "SELF_ONLY" in options, options
        url = f"http://127.0.0.1:{port}/{version}.mp4"
        media = (await call("upload_media_from_url", url=url, idempotency_key=f"import {version}"))["id"]
        item = await call("get_media", media_id=media, wait_seconds=20)
        assert item["status"] == "ready", item
        wanted = post(account, media, publish_now=True)
        assert (await call("validate_post", **wanted))["valid"]
        would = await call("create_post", dry_run=True, **wanted)
        assert would["dry_run"] and would["answer"]["valid"], would
        text = await refused("create_post", "validation.field_invalid", privacy="public", **wanted)
        assert "no argument" in text, text
        created = await call("create_post", idempotency_key=f"post {version}", **wanted)
        again = await call("create_post", idempotency_key=f"post {version}", **wanted)
        assert created["id"] == again["id"]
        shown = await call("get_post", post_id=created["id"], wait_seconds=20)
        while shown["status"] == "publishing":
            shown = await call("get_post", post_id=created["id"], wait_seconds=20)
        assert shown["status"] == "published", shown
        steps = await call("get_post_timeline", post_id=created["id"])
        assert steps["data"][-1]["state"] == "published", steps
        await refused("cancel_post", "post.state_invalid", post_id=created["id"])
        await refused("get_post", "post.not_found", post_id="post_none")

        # Every other tool once, for its schema.
        draft = await call("create_post", **post(account, media, text="A draft"))
        await call("update_post", post_id=draft["id"], text="A better draft")
        await call("publish_post", post_id=draft["id"], dry_run=True)
        await call("cancel_post", post_id=draft["id"])
        draft = await call("create_post", **post(account, media, text="Another draft"))
        published = await call("publish_post", post_id=draft["id"])
        assert published["id"] == draft["id"] and published["status"] != "draft", published
        events = ["post.published", "post.failed"]
        webhook = await call("create_webhook", url=f"http://127.0.0.1:{port}/hook", events=events)
        assert (await call("list_deliveries", webhook_id=webhook["id"], limit=5))["data"] is not None
        await call("get_media_upload_url", filename="a.mp4", size_bytes=40_000_000)
        await call("upload_media_from_url", url=url, dry_run=True)
        await call("verify_media", media_id=media)
        await call("connect_account", platform="tiktok")
        await call("get_account_limits", account_id=account)
        await call("list_posts", status=["published"], limit=5)
        for tool in ["list_brands", "get_post_rules", "list_webhooks", "get_usage"]:
            await call(tool)

        templates = (await client.list_resource_templates()).resource_templates
        assert {"creator limits", "post timeline"} == {template.name for template in templates}, templates
        timeline = await client.read_resource(f"slipway://posts/{created['id']}/timeline")
        assert "published" in timeline.contents[0].text
        rules = (await client.list_resources()).resources[0]
        assert "privacy_level" in (await client.read_resource(rules.uri)).contents[0].text
        prompt = await client.get_prompt("publish_a_video", {"url": url, "caption": "Hello"})
        assert "who may see it?" in prompt.messages[0].content.text
    await tried_again(ready, port, mode, version, done)
    assert done == tools.keys(), tools.keys() - done
    print(f"Python's mcp at {version}: {created['id']} is published.")


async def tried_again(ready, port, mode, version, done):
    """A post that fails and is tried again. That one fails can be had in the test space."""
    async with httpx2.AsyncClient(follow_redirects=False, timeout=60) as web:
        bearer = {"authorization": f"Bearer {ready['api_key']}"}
        made = await web.post(f"{ready['api_url']}/v1/keys", headers=bearer, json={"name": version, "mode": "test"})
        assert made.status_code == 201, made
        web.headers["authorization"] = f"Bearer {made.json()['raw_key']}"
        transport = streamable_http_client(f"{ready['api_url']}/mcp", http_client=web)
        async with Client(transport, mode=mode) as client:

            async def call(tool, **arguments):
                result = await client.call_tool(tool, arguments)
                assert not result.is_error, (tool, result.content)
                done.add(tool)
                return result.structured_content

            async def ended(post_id):
                while (shown := await call("get_post", post_id=post_id, wait_seconds=20))["status"] == "publishing":
                    pass
                return shown["status"]

            # Whoever opens the link has consented.
            link = (await call("connect_account", platform="tiktok"))["auth_url"]
            assert (await web.get(link)).status_code < 400
            account = (await call("list_accounts"))["data"][0]["id"]
            url = f"http://127.0.0.1:{port}/again-{version}.mp4"
            media = (await call("upload_media_from_url", url=url))["id"]
            assert (await call("get_media", media_id=media, wait_seconds=20))["status"] == "ready"
            text = f"Fails at {version} [test:file_format_check_failed]"
            failing = (await call("create_post", **post(account, media, text=text, publish_now=True)))["id"]
            assert await ended(failing) == "failed"
            assert (await call("retry_post", post_id=failing, dry_run=True))["dry_run"]
            assert (await call("retry_post", post_id=failing))["success"]
            assert await ended(failing) == "failed"


async def keyless(ready):
    """Without a good key nothing is spoken at all."""
    async with httpx2.AsyncClient() as http_client:
        answer = await http_client.post(f"{ready['api_url']}/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "ping"})
        assert answer.status_code == 401 and answer.headers["www-authenticate"].startswith("Bearer"), answer
        answer = await http_client.get(f"{ready['api_url']}/mcp", headers={"authorization": f"Bearer {ready['api_key']}"})
        assert answer.status_code == 405, answer


def inspect(ready, port, inspector):
    """The same way with the inspector, one process a call."""

    def ask(*arguments):
        told = subprocess.run(
            [inspector, "--cli", f"{ready['api_url']}/mcp", "--transport", "http",
             "--header", f"Authorization: Bearer {ready['api_key']}", *arguments],
            capture_output=True, text=True, timeout=60,
        )
        assert told.returncode in (0, 5), (arguments, told.returncode, told.stdout, told.stderr)
        return json.loads(told.stdout)

    def call(tool, **arguments):
        pairs = [part for name, value in arguments.items() for part in ("--tool-arg", f"{name}={json.dumps(value)}")]
        result = ask("--method", "tools/call", "--tool-name", tool, *pairs)
        result = result.get("result", result)
        assert not result.get("isError"), (tool, result)
        return result["structuredContent"]

    listed = ask("--method", "tools/list")
    listed = listed.get("result", listed)
    assert WANTED <= {tool["name"] for tool in listed["tools"]}
    account = call("list_accounts")["data"][0]["id"]
    assert "SELF_ONLY" in call("get_creator_info", account_id=account)["privacy_level_options"]
    media = call("upload_media_from_url", url=f"http://127.0.0.1:{port}/inspector.mp4")["id"]
    assert call("get_media", media_id=media, wait_seconds=20)["status"] == "ready"
    wanted = post(account, media, publish_now=True, text="By the inspector")
    assert call("validate_post", **wanted)["valid"]
    created = call("create_post", idempotency_key="inspector", **wanted)["id"]
    while (shown := call("get_post", post_id=created, wait_seconds=20))["status"] == "publishing":
        pass
    assert shown["status"] == "published", shown
    assert call("get_post_timeline", post_id=created)["data"][-1]["state"] == "published"
    print(f"The inspector: {created} is published.")


def main():
    events = [json.loads(line) for line in Path(sys.argv[1]).read_text().splitlines() if line.startswith("{")]
    ready = next(event for event in events if event["event"] == "ready")
    port = int(sys.argv[2])
    site = http.server.ThreadingHTTPServer(("127.0.0.1", port), Site)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    asyncio.run(keyless(ready))
    asyncio.run(story(ready, port, "auto", "2026-07-28"))
    asyncio.run(story(ready, port, "legacy", "2025-11-25"))
    inspect(ready, port, sys.argv[3])
    print("The agents' stories passed.")


main()
