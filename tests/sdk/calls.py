"""The official SDK's calls about accounts, invites, media, publishing, posts, webhooks, events, brands, keys, usage and users, as a customer
makes them.

Takes the events that the local stack has printed, and the port at which it may tell of what happens. Whatever the SDK can't read, or is told otherwise than the contract
says, ends the run.
"""

import http.server
import json
import sys
import threading
import time
import urllib.parse
from datetime import datetime, timedelta, timezone
from pathlib import Path

import httpx
import standardwebhooks
from socialapi import SocialAPI
from socialapi import _exceptions as errors
from socialapi.webhooks import verify_signature

SAMPLE = Path(__file__).parents[2] / "infra/local/sample/sample.mp4"


def refused(status, call, *arguments, code=None, **named):
    """The call must be refused with this status, and this code if one is given."""
    try:
        call(*arguments, **named)
    except errors.APIStatusError as error:
        assert error.status_code == status, (error.status_code, error)
        assert code is None or error.code == code, (error.code, error)
        return error
    raise AssertionError(f"{call} was not refused with {status}")


def target(account, **said):
    return {"account_id": account, "platform_data": {"tiktok": {"privacy_level": "SELF_ONLY", **said}}}


def accounts(client):
    account = next(iter(client.accounts.list()))
    assert (account.platform, account.status) == ("tiktok", "active"), account
    creator = client.accounts.get_creator_info(account.id)
    assert creator.can_post and "SELF_ONLY" in creator.privacy_level_options, creator
    limits = client.accounts.get_limits(account.id)
    print("limits:", limits)
    asked = client.accounts.connect(platform="tiktok", state="mine", redirect_uri="http://localhost:3000/cb")
    assert asked.auth_url and asked.state, asked
    refused(400, client.accounts.connect, platform="instagram", code="account.unsupported_platform")
    refused(404, client.accounts.get_creator_info, "acc_nobody", code="account.not_found")
    return account


def exchange(client):
    """The flow in which the customer receives the code: the person agrees on the simulated TikTok's page."""
    back = "http://localhost:3000/cb"
    asked = client.accounts.connect(platform="tiktok", metadata={"redirect_uri": back})
    agreed = httpx.get(asked.auth_url, follow_redirects=False)
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(agreed.headers["location"]).query))
    metadata = {"redirect_uri": back, "state": query["state"]}
    made = client.accounts.exchange_oauth(platform="tiktok", code=query["code"], metadata=metadata)
    assert made, made
    print("exchanged:", made)


def media(client):
    content = SAMPLE.read_bytes()
    uploaded = client.media.upload(content=content, filename="sample.mp4", content_type="video/mp4").media_id
    wanted = client.media.get_upload_url(media_type="video/mp4", filename="sample.mp4")
    httpx.put(wanted.upload_url, content=content, headers={"Content-Type": "video/mp4"}).raise_for_status()
    client.media.verify(wanted.media_id)
    ids = [item.id for item in client.media.list()]
    assert {uploaded, wanted.media_id} <= set(ids), ids
    used = client.media.get_storage_usage()
    assert used.used_bytes >= 2 * len(content), used
    client.media.delete(wanted.media_id)
    refused(404, client.media.verify, wanted.media_id, code="media.not_found")
    return uploaded


def until(client, post_id, status):
    for _ in range(600):
        post = client.posts.get(post_id)
        if post.status == status:
            return post
        time.sleep(0.1)
    raise AssertionError(f"{post_id} is {post.status} and never {status}")


def posts(client, account, media_id):
    constraints = client.publishing.get_constraints(platform="tiktok")["tiktok"]
    assert constraints.text.max_length == 2200 and constraints.media.max_video_duration_sec == 600, constraints
    good = client.publishing.validate(text="From the SDK", media_ids=[media_id], targets=[target(account)])
    assert good.valid and not good.errors, good
    bad = client.publishing.validate(text="x" * 2201, media_ids=["med_nothing"], targets=[target(account)])
    assert not bad.valid and bad.errors[0].platform == "tiktok", bad

    post = client.publishing.create(
        text="From the SDK", media_ids=[media_id], publish_now=True, targets=[target(account)]
    )
    assert post.status == "publishing" and post.targets[0].account_id == account, post
    published = until(client, post.id, "published")
    assert published.targets[0].metadata["publish_id"], published
    metrics = client.posts.get_metrics(post.id)
    assert metrics.post_id == post.id and metrics.targets[0].account_id == account, metrics
    refused(400, client.posts.retry, post.id, code="post.no_retryable_deliveries")
    refused(501, client.posts.unpublish, post.id, code="resource.not_supported")
    for call, *arguments in [
        (client.accounts.list_pages, account),
        (client.accounts.list_boards, account),
        (client.comments.list_posts,),
        (client.exports.list,),
        (client.reviews.list,),
        (client.conversations.get, "conv_1"),
        (client.youtube.get_channel_summary, account),
    ]:
        refused(501, call, *arguments, code="resource.not_supported")
    kept = client.posts.delete(post.id)
    assert not kept.deleted and kept.results[0].outcome == "not_supported", kept

    draft = client.publishing.create(text="A draft", media_ids=[media_id], targets=[target(account)])
    later = datetime.now(timezone.utc) + timedelta(days=1)
    changed = client.publishing.update(draft.id, text="A draft, changed", scheduled_at=later)
    assert (changed.status, changed.text) == ("scheduled", "A draft, changed"), changed
    hidden = draft.update(hidden=True)
    assert hidden.hidden, hidden
    assert draft.id not in [post.id for post in client.posts.list(status="scheduled")]
    assert draft.id in [post.id for post in client.posts.list(status="scheduled", hidden=True)]
    gone = client.posts.delete(draft.id)
    assert gone.deleted and gone.results[0].outcome == "cancelled", gone
    refused(404, client.posts.get, draft.id, code="post.not_found")

    error = refused(400, client.publishing.create, text="No level", media_ids=[media_id], targets=[{"account_id": account}])
    assert error.code == "validation.field_required" and "privacy_level" in error.body["error"]["meta"]["field"], error
    found = [post.id for post in client.posts.list(account_ids=[account], search="from the sdk", limit=1)]
    assert found == [post.id], found


def imports(client, account, media_id):
    def file(*rows):
        lines = [f'"{text}",{account},{media_id},{visibility},{at}' for text, visibility, at in rows]
        return "\n".join(["text,account_ids,media_ids,visibility,scheduled_at", *lines]).encode()

    later = (datetime.now(timezone.utc) + timedelta(days=1)).isoformat()
    posts = file(("Imported, a draft", "private", ""), ("Imported for later", "SELF_ONLY", later), ("Nobody's", "", ""))
    dry = client.publishing.import_posts(file=posts, filename="posts.csv", dry_run=True)
    assert (dry.total_rows, dry.created, dry.failed) == (3, 0, 1), dry
    made = client.publishing.import_posts(file=posts, filename="posts.csv")
    assert (made.total_rows, made.created, made.failed) == (3, 2, 1), made
    assert made.errors[0].row == 3 and "privacy_level" in made.errors[0].message, made
    statuses = [client.posts.get(post["id"]).status for post in made.posts]
    assert statuses == ["draft", "scheduled"], statuses
    again = client.publishing.import_posts(file=posts, filename="posts.csv")
    assert again.posts == made.posts, (again, made)
    for post in made.posts:
        assert client.posts.delete(post["id"]).deleted
    refused(400, client.publishing.import_posts, file=b"a,b", filename="posts.csv", code="validation.field_required")


def brands(client):
    made = client.brands.create(name="From the SDK")
    assert (made.name, made.accounts_count) == ("From the SDK", 0) and made.updated_at, made
    renamed = client.brands.update(made.id, name="Renamed")
    assert renamed.name == "Renamed" and renamed.updated_at >= made.created_at, renamed
    listed = {brand.id: brand for brand in client.brands.list()}
    assert listed[made.id].name == "Renamed" and sum(brand.accounts_count for brand in listed.values()) >= 1, listed
    client.brands.delete(made.id)
    refused(404, client.brands.update, made.id, name="Gone", code="brand.not_found")


def invites(client):
    unknown = refused(400, client.invites.create, brand_id="brand_nobody", platform="tiktok", code="validation.brand_invalid")
    assert "brand_" in str(unknown), unknown
    brand = client.brands.list()[0].id
    made = client.invites.create(brand_id=brand, platform="tiktok", expires_in_days=3)
    assert made.token and made.token in made.url, made
    days = (made.expires_at - datetime.now(timezone.utc)).total_seconds() / 86_400
    assert 2.9 < days <= 3, made
    listed = {invite.id: invite for invite in client.invites.list(brand)}
    assert listed[made.id].is_active and made.token not in listed[made.id].url, listed
    # The link leads a creator on to TikTok.
    link = httpx.get(made.url, follow_redirects=False)
    assert link.status_code == 302 and "client_key" in link.headers["location"], link.headers
    made.revoke()
    assert not any(invite.id == made.id and invite.is_active for invite in client.invites.list(brand))
    assert httpx.get(made.url, follow_redirects=False).status_code in (404, 410)
    other = client.invites.create(brand_id=brand, platform="tiktok")
    client.invites.revoke(other.id)
    refused(404, client.invites.revoke, "inv_nobody", code="resource.not_found")
    refused(400, client.invites.create, brand_id=brand, platform="instagram", code="account.unsupported_platform")


class Receiver(http.server.BaseHTTPRequestHandler):
    """The customer's endpoint: keeps what comes."""

    came = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.came.append((dict(self.headers), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def told(event):
    for _ in range(600):
        for headers, body in Receiver.came:
            if json.loads(body)["event"] == event:
                return headers, body
        time.sleep(0.1)
    raise AssertionError(f"nobody was told of {event}: {Receiver.came}")


def verified(secret, headers, body):
    """By the official SDK, and by the library of Standard Webhooks."""
    lower = {name.lower(): value for name, value in headers.items()}
    assert verify_signature(secret=secret, payload=body, signature=lower["x-socialapi-signature"])
    timed = lower["x-socialapi-timestamp"].encode() + b"." + body
    assert verify_signature(secret=secret, payload=timed, signature=lower["x-socialapi-signature-v2"])
    assert not verify_signature(secret=secret, payload=body + b" ", signature=lower["x-socialapi-signature"])
    assert standardwebhooks.Webhook(secret).verify(body, headers) == json.loads(body)
    assert lower["x-socialapi-delivery"] == lower["webhook-id"]


def webhooks(client, account, media_id):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/hook"
    catalogue = {event.event for event in client.webhooks.list_events()}
    assert {"post.published", "post.failed", "account.connected", "webhook.test"} <= catalogue, catalogue
    made = client.webhooks.create(url=url, events=["post.published", "post.updated"])
    verified(made.secret, *told("webhook.test"))
    assert made.id in [webhook.id for webhook in client.webhooks.list()]
    shown = client.webhooks.get(made.id)
    assert shown.is_active and made.secret.startswith(shown.secret_hint[:10]), shown

    post = client.publishing.create(
        text="Told by a webhook", media_ids=[media_id], publish_now=True, targets=[target(account)]
    )
    headers, body = told("post.published")
    verified(made.secret, headers, body)
    assert json.loads(body)["data"]["post_id"] == post.id, body
    delivery = next(iter(client.webhooks.list_deliveries(made.id, status="success", event_type="post.published")))
    detail = client.webhooks.get_delivery(made.id, delivery.id)
    assert detail.payload == json.loads(body) and detail.attempts[0].status_code == 204, detail
    before = len(Receiver.came)
    assert client.webhooks.retry_delivery(made.id, delivery.id).id == delivery.id
    while len(Receiver.came) == before:
        time.sleep(0.1)
    again = {name.lower(): value for name, value in Receiver.came[-1][0].items()}
    assert again["webhook-id"] == delivery.id, again
    tested = client.webhooks.test(made.id, event_type="post.failed", payload={"post_id": post.id})
    assert tested.status == "delivered" and tested.response_status_code == 204, tested
    changed = client.webhooks.update(made.id, events=["post.failed"], is_active=False)
    assert changed.events == ["post.failed"] and not changed.is_active, changed
    refused(400, client.webhooks.create, url="https://10.0.0.1/", events=["post.failed"], code="validation.field_invalid")

    entries = client.events.list(category="post", resource_id=post.id)
    assert [entry.action for entry in entries] == ["published", "upload_completed"], list(entries)
    assert entries.retention_days >= 30, entries
    summary = client.events.get_summary()
    assert summary.total >= summary.by_category["post"] > 0, summary
    client.webhooks.delete(made.id)
    refused(404, client.webhooks.get, made.id, code="resource.not_found")
    server.shutdown()


def keys(client, base_url):
    made = client.keys.create(name="From the SDK")
    assert made.raw_key.startswith("slip_live_") and made.message, made
    listed = {key.id: key for key in client.keys.list()}
    assert listed[made.id].is_active and made.raw_key not in listed[made.id].preview, listed
    with SocialAPI(api_key=made.raw_key, base_url=base_url) as other:
        assert list(other.accounts.list()), "a new key opens what its maker's does"
        client.keys.revoke(made.id)
        refused(401, other.keys.list, code="auth.invalid_key")
    assert made.id not in [key.id for key in client.keys.list()]
    second = client.keys.create(name="Another")
    next(key for key in client.keys.list() if key.id == second.id).revoke()
    refused(404, client.keys.revoke, second.id, code="resource.not_found")


def tenant(client, account):
    usage = client.usage.get()
    assert (usage.brands_limit, usage.posts_limit, usage.interactions_limit) == (-1, -1, -1), usage
    assert usage.brands_used >= 1 and usage.posts_used >= 1 and usage.interactions_used == 0, usage
    assert usage.period_start < datetime.now(timezone.utc) < usage.period_end, usage
    limits = client.usage.get_account_limits(account.id)
    assert limits.limits["posts_per_24_hours"] >= 1, limits
    me = client.users.get_me()
    assert me.id and me.email == "local@example.com" and me.plan == "unlimited" and me.onboarding, me
    changed = client.users.update_me(onboarding=False, use_case="clips", referral="a friend")
    assert not changed.onboarding and changed.id == me.id, changed


def addresses(client):
    made = client.oauth.create_redirect_uri(uri="http://localhost:3000/cb", label="Mine")
    assert made.id in [uri.id for uri in client.oauth.list_redirect_uris()]
    client.oauth.delete_redirect_uri(made.id)


def main():
    events = [json.loads(line) for line in Path(sys.argv[1]).read_text().splitlines() if line.startswith("{")]
    ready = next(event for event in events if event["event"] == "ready")
    with SocialAPI(api_key=ready["api_key"], base_url=ready["api_url"]) as client:
        account = accounts(client)
        exchange(client)
        media_id = media(client)
        posts(client, account.id, media_id)
        imports(client, account.id, media_id)
        webhooks(client, account.id, media_id)
        brands(client)
        invites(client)
        addresses(client)
        tenant(client, account)
        keys(client, ready["api_url"])
        client.accounts.disconnect(account.id)
        refused(404, client.accounts.get_limits, account.id, code="account.not_found")
        client.users.delete_me()
        refused(401, client.users.get_me, code="auth.invalid_key")
    print("The SDK's calls about accounts, invites, media, publishing, posts, imports, webhooks, events, redirect URIs, brands, keys, usage and users passed.")


main()
